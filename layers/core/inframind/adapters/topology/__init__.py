"""Adapters of the ports of topology."""
