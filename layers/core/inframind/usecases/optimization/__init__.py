"""Use cases of optimization."""
