"""Use cases of ingestion."""
