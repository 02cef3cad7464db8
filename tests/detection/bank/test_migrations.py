"""State outlives the program that wrote it."""

import hashlib
import json
import struct

import cramjam
import numpy as np
import pytest

from inframind.detection.bank.bank import Bank, BankCorrupt
from inframind.detection.bank.migrations import STEPS
from inframind.detection.bank.serialization import VERSION, unpack
from inframind.detection.model.layout import LAYOUT

LAYOUT_OF = {4: "599434c41a569ff0"}


def written_by(version: int, bank: Bank) -> bytes:
    """The bank as a program of an older version packed it: index and parts in one block of zstd."""
    contents = unpack(bank.to_bytes())
    index = {
        "arrays": [[name, a.dtype.str, list(a.shape)] for name, a in contents.arrays.items()],
        "blobs": [[name, len(blob)] for name, blob in contents.blobs.items()],
    }
    head = json.dumps(index).encode()
    parts = [a.tobytes() for a in contents.arrays.values()]
    body = bytes(
        cramjam.zstd.compress(b"".join([struct.pack("<I", len(head)), head, *parts, *contents.blobs.values()]), level=1)
    )
    return struct.pack("<4sH16s", b"IMBK", version, hashlib.blake2b(body, digest_size=16).digest()) + body


def test_every_older_version_has_a_step_forward() -> None:
    assert sorted(STEPS) == list(range(1, VERSION))


def test_what_is_kept_changes_only_with_the_version() -> None:
    kept = ";".join(f"{c.name} {c.dtype} {c.shape} {c.initial}" for c in LAYOUT if not c.rare)
    assert hashlib.sha256(kept.encode()).hexdigest()[:16] == LAYOUT_OF[VERSION]


def test_a_bank_of_version_1_keeps_its_series_batches_and_extras_and_learns_anew() -> None:
    old = Bank.empty()
    rows = old.rows([b"a", b"b"])
    old.update(rows, np.arange(1, 301) * 60_000, np.random.default_rng(1).normal(5, 1, (300, 2)))
    old.remember(b"batch")
    old.extra["outbox"] = b"told"
    new = Bank.from_bytes(written_by(1, old))
    assert new.keys() == [b"a", b"b"]
    assert new.seen(b"batch")
    assert new.extra == {"outbox": b"told"}
    assert new.newest_ms().tolist() == [300 * 60_000] * 2
    verdicts = new.update(rows, np.arange(301, 401) * 60_000, np.random.default_rng(2).normal(500, 1, (100, 2)))
    assert not verdicts.phase[:49].any()
    assert verdicts.expected[-1].min() > 400


@pytest.mark.parametrize("version", [2, 3])
def test_a_bank_that_was_packed_in_one_block_goes_on_where_it_was(version: int) -> None:
    values, times = np.random.default_rng(1).normal(5, 1, (400, 2)), np.arange(1, 401) * 60_000
    old = Bank.empty()
    rows = old.rows([b"a", b"b"])
    old.update(rows, times[:300], values[:300])
    old.extra["open"] = b"one"
    new = Bank.from_bytes(written_by(version, old))
    assert new.to_bytes() == old.to_bytes()
    assert (
        new.update(rows, times[300:], values[300:]).raw.tobytes()
        == old.update(rows, times[300:], values[300:]).raw.tobytes()
    )


def test_a_bank_from_the_future_is_refused() -> None:
    with pytest.raises(BankCorrupt, match="version"):
        Bank.from_bytes(written_by(VERSION + 1, Bank.empty()))
