"""Inflating at the front door what the engine would spoil.

The engine hands text bodies to a function as UTF-8 text; a gzip body under a text content type loses every byte that is
no UTF-8. Those bodies are inflated here; protobuf and the like pass untouched, the function inflates them.
"""

import zlib

# The text types of an HTTP API, as the engine knows them.
TEXT_TYPES = frozenset({"application/json", "application/xml", "application/javascript"})
GZIP = frozenset({"gzip", "x-gzip"})


class TooLarge(Exception):
    """The inflated body passes the limit."""


def would_be_spoiled(content_type: str, encoding: str) -> bool:
    """Whether the engine would turn this body into replacement characters.

    >>> would_be_spoiled("application/json; charset=utf-8", "gzip"), would_be_spoiled("application/x-protobuf", "gzip")
    (True, False)
    """
    kind = content_type.split(";", 1)[0].strip().lower()
    return encoding.strip().lower() in GZIP and (kind in TEXT_TYPES or kind.startswith("text/"))


def inflate(body: bytes, limit: int) -> bytes:
    """The inflated body, all gzip members joined; never holds more than `limit` bytes of it.

    Raises `TooLarge` past the limit and `zlib.error` for a body that is truncated or no gzip.

    >>> import gzip
    >>> inflate(gzip.compress(b"ab") + gzip.compress(b"c"), 10)
    b'abc'
    """
    parts: list[bytes] = []
    left = limit
    while body:
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        part = member.decompress(body, left + 1)
        if len(part) > left:
            raise TooLarge
        if not member.eof:
            raise zlib.error("it ends before its end marker")
        parts.append(part)
        left -= len(part)
        body = member.unused_data
    return b"".join(parts)
