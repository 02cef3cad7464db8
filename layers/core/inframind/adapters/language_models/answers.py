"""Reading what servers of language models answer: JSON that may be anything."""

import json
from typing import Any

from inframind.errors import Malformed

MOST_TOKENS = 10_000_000  # a count beyond it is none


def document(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer. Raises `Malformed`."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("The server of the model did not answer in JSON.") from error
    if not isinstance(told, dict):
        raise Malformed("The server of the model did not answer with an object.")
    return told


def count(value: object) -> int | None:
    """A number of tokens, or None for what cannot be one.

    >>> count(812), count("812"), count(-1), count(True)
    (812, None, None, None)
    """
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if is_count and isinstance(value, int) else None
