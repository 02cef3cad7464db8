"""Adapters of the ports of risk."""
