"""Adapters of the ports of incidents."""
