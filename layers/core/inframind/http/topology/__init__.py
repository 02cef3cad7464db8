"""The routes of topology."""
