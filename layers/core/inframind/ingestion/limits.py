"""What the door takes: every limit with its reason. docs/api.md repeats them for senders.

The limit of a body as it arrives is the door's: `http.lean.BODY_LIMIT`.
"""

INFLATED_LIMIT = 32 * 1024 * 1024  # ten times what Prometheus sends at its largest; a bomb stops here
LABELS_LIMIT = 128  # Prometheus' own advice is 30; beyond this a sender counts something as labels by mistake
NAME_LIMIT = 200  # bytes of a metric or label name
VALUE_LIMIT = 2_048  # bytes of a label value
KEY_LIMIT = 8_192  # bytes of metric, names and values of a series together
RESOURCE_LIMIT = 512  # bytes; a resource is a DynamoDB partition key and a path segment
EARLIEST_MS = 0  # 1970: earlier times are clocks that were never set
LATEST_MS = 32_503_680_000_000  # the year 3000: beyond it a number is no epoch in milliseconds
CACHE_LIMIT = 64 * 1024 * 1024  # bytes of remembered label sets: 60,000 series, in a function of 1 GB
