"""Keeps the engine's state across stops and crashes of the local run."""
