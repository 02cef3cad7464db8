import gzip

import cramjam
import pytest

from inframind.errors import Malformed, Rejected, TooLarge, UnsupportedType
from inframind.ingestion.decompression import decompressed, snappy_decompressed
from inframind.ingestion.limits import INFLATED_LIMIT

BODY = b"metrics " * 1_000


def test_gzip_is_inflated_also_in_several_members() -> None:
    assert decompressed(gzip.compress(BODY, mtime=0), "gzip") == BODY
    assert decompressed(gzip.compress(BODY, mtime=0) + gzip.compress(b"more"), "gzip") == BODY + b"more"
    assert decompressed(b"", "gzip") == b""


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (b"plain", "gzip", Malformed),
        (gzip.compress(BODY, mtime=0)[:-9], "gzip", Malformed),
        (gzip.compress(BODY, mtime=0) + b"rest", "gzip", Malformed),
        (BODY, "zstd", UnsupportedType),
    ],
)
def test_a_body_that_is_not_what_its_header_says_is_refused(body: bytes, encoding: str, error: type[Rejected]) -> None:
    with pytest.raises(error):
        decompressed(body, encoding)


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(bytes(INFLATED_LIMIT + 1))
    assert len(bomb) < 50_000
    with pytest.raises(TooLarge, match="16 MiB"):
        decompressed(bomb, "gzip")
    members = gzip.compress(bytes(INFLATED_LIMIT // 2)) * 3
    with pytest.raises(TooLarge):
        decompressed(members, "gzip")
    assert len(decompressed(gzip.compress(bytes(INFLATED_LIMIT)), "gzip")) == INFLATED_LIMIT


def test_a_snappy_block_is_unpacked_up_to_the_limit() -> None:
    block = bytes(cramjam.snappy.compress_raw(BODY))
    assert snappy_decompressed(block) == BODY
    assert snappy_decompressed(bytes(cramjam.snappy.compress_raw(b""))) == b""
    with pytest.raises(TooLarge, match="7999"):
        snappy_decompressed(block, limit=len(BODY) - 1)


@pytest.mark.parametrize("body", [b"", b"plain text", bytes(cramjam.snappy.compress_raw(BODY))[:-3], b"\xff" * 12])
def test_what_is_no_snappy_block_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        snappy_decompressed(body)


def test_a_snappy_bomb_is_refused_by_the_size_it_claims() -> None:
    claim = b"\x80\x80\x80\x80\x04"  # 1 GiB
    with pytest.raises(TooLarge):
        snappy_decompressed(claim + b"\0")
