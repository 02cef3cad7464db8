"""Adapters of the ports of language models."""
