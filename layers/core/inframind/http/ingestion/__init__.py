"""The routes of ingestion."""
