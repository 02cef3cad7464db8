"""Use cases of topology."""
