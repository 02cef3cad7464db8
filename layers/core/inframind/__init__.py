"""InfraMind: serverless AIOps. Rooms decide, adapters act, handlers join the two."""

__version__ = "0.1.0"
