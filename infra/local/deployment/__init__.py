"""Deploys `template.yaml` to the engine of the local run, and remembers what it deployed."""
