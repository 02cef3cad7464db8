"""The routes of risk."""
