"""Adapters of the ports of platform."""
