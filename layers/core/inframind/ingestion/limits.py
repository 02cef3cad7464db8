"""What the door takes: every limit with its reason. docs/api.md repeats them for senders.

The limit of a body as it arrives is the door's: `http.lean.BODY_LIMIT`.
"""

INFLATED_LIMIT = 16 * 1024 * 1024  # five times what Prometheus sends at its largest; read in 1 GB and 15 s at worst
ENTRIES_LIMIT = 100_000  # entries of a JSON batch; each costs twenty times its bytes while it is read
SERIES_LIMIT = (
    100_000  # series, or OTLP data points, of a request: two bytes spell one that costs microseconds to refuse
)
PLACES_LIMIT = 10_000  # resources times hours in a request: each becomes an item of the table, to be written in 30 s
LABELS_LIMIT = 128  # Prometheus' own advice is 30; beyond this a sender counts something as labels by mistake
NAME_LIMIT = 200  # bytes of a metric or label name
VALUE_LIMIT = 2_048  # bytes of a label value
KEY_LIMIT = 8_192  # bytes of metric, names and values of a series together
RESOURCE_LIMIT = 512  # bytes; a resource is a DynamoDB partition key and a path segment
EARLIEST_MS = 0  # 1970: earlier times are clocks that were never set
LATEST_MS = 32_503_680_000_000  # the year 3000: beyond it a number is no epoch in milliseconds
CACHE_LIMIT = 64 * 1024 * 1024  # bytes of remembered label sets: 60,000 series, in a function of 1 GB
