"""What DynamoDB takes as a key."""

KEY_BYTES = 1_024  # a sort key takes no more


def could_be_kept(name: str) -> bool:
    """Whether a table could hold the name at all: DynamoDB refuses to look for an empty key, and for a longer one.

    >>> could_be_kept("db-1"), could_be_kept("x" * 3_000), could_be_kept("")
    (True, False, False)
    """
    return 0 < len(name.encode(errors="replace")) <= KEY_BYTES
