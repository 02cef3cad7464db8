"""A simulated fleet with a planted fault, fed to a running platform, and what the platform found."""
