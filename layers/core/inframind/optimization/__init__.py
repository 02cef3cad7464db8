"""Right-sizes CI builds: what they took, and what the next one should run with."""
