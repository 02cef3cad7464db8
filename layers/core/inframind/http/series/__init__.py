"""The routes of series."""
