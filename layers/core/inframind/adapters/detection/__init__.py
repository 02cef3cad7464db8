"""Adapters of the ports of detection."""
