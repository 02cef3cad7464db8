"""The routes of incidents."""
