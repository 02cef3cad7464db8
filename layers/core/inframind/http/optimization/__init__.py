"""The routes of optimization."""
