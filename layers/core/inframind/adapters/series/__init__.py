"""Adapters of the ports of series."""
