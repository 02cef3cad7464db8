"""InfraMind: serverless AIOps. Rooms decide, adapters act, handlers join the two."""
