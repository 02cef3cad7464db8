"""What runs beside a build: asks what it should run with, measures it, reports it, and is never in its way.

The standard library alone: this package runs on build hosts, where nothing else of the project is installed.
"""
