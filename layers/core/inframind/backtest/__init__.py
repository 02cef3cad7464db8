"""Replays recorded series through the shipped detector and measures what it would have said."""
