"""Takes telemetry in: every format becomes validated samples, packed once into frames."""
