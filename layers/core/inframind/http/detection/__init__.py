"""The routes of detection."""
