"""What was learnt from incidents that are over, and how it is found again: read `entries`, `traits`, `similarity`."""
