"""The routes of notification."""
