"""Compressed bodies, inflated to a limit and no further."""

import zlib

import cramjam

from inframind.errors import Malformed, TooLarge, UnsupportedType
from inframind.ingestion.limits import INFLATED_LIMIT

GZIP = 16 + zlib.MAX_WBITS  # tells zlib to expect gzip's own header


def decompressed(body: bytes, encoding: str, limit: int = INFLATED_LIMIT) -> bytes:
    """The body as it was before `Content-Encoding: encoding`; raises `Malformed`, `TooLarge` or `UnsupportedType`.

    >>> decompressed(b"{}", "identity")
    b'{}'
    """
    if encoding in ("", "identity"):
        return body
    if encoding == "gzip":
        return _gunzipped(body, limit)
    raise UnsupportedType(f"Content-Encoding '{encoding[:40]}' is not taken here. Send gzip, or none.")


def snappy_decompressed(body: bytes, limit: int = INFLATED_LIMIT) -> bytes:
    """The content of a snappy block, which begins with its own size; raises `Malformed` or `TooLarge`."""
    if not body:
        raise Malformed("The body is empty where a snappy block belongs.")
    try:
        if cramjam.snappy.decompress_raw_len(body) > limit:
            raise _too_large(limit)
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise Malformed("The body is not a snappy block, or it was cut off.") from error


def _gunzipped(body: bytes, limit: int) -> bytes:
    parts, room = [], limit
    while body:
        stream = zlib.decompressobj(GZIP)
        try:
            parts.append(stream.decompress(body, room + 1))
        except zlib.error as error:
            raise Malformed("The body is not gzip, though Content-Encoding says so.") from error
        room -= len(parts[-1])
        if room < 0:
            raise _too_large(limit)
        if not stream.eof:
            raise Malformed("The gzip body was cut off.")
        body = stream.unused_data  # gzip files may stand one behind the other
    return b"".join(parts)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body inflates to more than {limit} bytes ({limit >> 20} MiB). Send smaller batches.")
