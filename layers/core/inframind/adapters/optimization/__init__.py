"""Adapters of the ports of optimization."""
