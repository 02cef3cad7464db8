"""Scores every sample and explains what it finds."""
