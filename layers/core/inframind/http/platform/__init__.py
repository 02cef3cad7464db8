"""The routes of platform."""
