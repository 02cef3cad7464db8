"""Ranks what probably caused an alarm."""
