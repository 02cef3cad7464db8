"""Keys, counters and the platform's own view of itself."""
