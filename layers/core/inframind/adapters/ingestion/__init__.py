"""Adapters of the ports of ingestion."""
