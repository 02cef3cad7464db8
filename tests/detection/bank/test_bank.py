"""The bank keeps its promises about batches, rows, memory and bytes."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from inframind.detection.bank.bank import BATCHES_REMEMBERED, Bank, BankCorrupt
from inframind.detection.model.verdicts import Phase, Verdicts
from inframind.errors import Rejected

MINUTE = 60_000
KEYS = [b"web cpu", b"db memory", b"queue depth"]


def stream(rows: int = 400, seed: int = 7) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Three noisy series with gaps, a step and a spike."""
    rng = np.random.default_rng(seed)
    values = rng.normal([10.0, 500.0, 3.0], [1.0, 20.0, 0.5], (rows, 3))
    values[300:, 1] += 400
    values[350, 2] = 90.0
    values[rng.random(values.shape) < 0.05] = np.nan
    return np.arange(1, rows + 1, dtype=np.int64) * MINUTE, values


def replay(batch: int, *, through_bytes: bool = False) -> tuple[Bank, Verdicts]:
    bank, (times, values) = Bank.empty(), stream()
    whole = Verdicts.blank(*values.shape)
    for start in range(0, len(times), batch):
        part = slice(start, start + batch)
        verdicts = bank.update(bank.rows(KEYS), times[part], values[part])
        for name in Verdicts.__slots__:
            getattr(whole, name)[part] = getattr(verdicts, name)
        if through_bytes:
            bank = Bank.from_bytes(bank.to_bytes())
    return bank, whole


@pytest.mark.parametrize("batch", [1, 7, 60])
def test_splitting_a_stream_into_batches_changes_no_bit(batch: int) -> None:
    bank, whole = replay(400)
    other_bank, split = replay(batch, through_bytes=True)
    for name in Verdicts.__slots__:
        assert getattr(whole, name).tobytes() == getattr(split, name).tobytes(), name
    assert bank.to_bytes() == other_bank.to_bytes()


def test_a_series_is_judged_alike_alone_and_in_company() -> None:
    times, values = stream()
    together = Bank.empty()
    both = together.update(together.rows(KEYS), times, values)
    alone = Bank.empty()
    single = alone.update(alone.rows(KEYS[1:2]), times, values[:, 1:2])
    assert both.raw[:, 1].tobytes() == single.raw[:, 0].tobytes()


def test_a_step_opens_one_anomaly_where_it_happens() -> None:
    _, verdicts = replay(60)
    opened = np.flatnonzero(verdicts.phase[290:, 1] == Phase.OPENED) + 290
    assert opened.tolist() == [300]
    speaking = np.isin(verdicts.phase[301:330, 1], (Phase.ONGOING, Phase.CLEARED))
    assert speaking.any()
    assert verdicts.score[300, 1] >= 1.0
    assert verdicts.score[301:330, 1].max() < 1.0


def test_missing_samples_are_neither_judged_nor_learnt() -> None:
    bank, rows = Bank.empty(), np.array([0])
    bank.rows([b"a"])
    bank.update(rows, np.array([1, 2]), np.array([[1.0], [2.0]]))
    before = bank.to_bytes()
    verdicts = bank.update(rows, np.array([3, 4, 5]), np.array([[np.nan], [np.inf], [-np.inf]]))
    assert bank.to_bytes() == before
    assert not verdicts.raw.any()
    assert np.isnan(verdicts.expected).all()


def test_a_sample_not_later_than_the_newest_is_ignored() -> None:
    bank = Bank.empty()
    rows = bank.rows([b"a", b"b"])
    bank.update(rows, np.array([10]), np.array([[1.0, np.nan]]))
    bank.update(rows, np.array([10]), np.array([[99.0, 5.0]]))
    assert bank.newest_ms().tolist() == [10, 10]
    expected = bank.update(rows, np.array([11]), np.array([[1.0, 5.0]])).expected
    assert expected.tolist() == [[1.0, 5.0]]


def test_series_with_times_of_their_own_are_judged_as_if_each_came_alone() -> None:
    times, values = stream()
    own = times[:, None] + np.array([0, 17, 23_456])
    together = Bank.empty()
    rows = together.rows(KEYS)
    both = together.update(rows, own, values)
    alone = Bank.empty()
    alone.rows(KEYS)
    for i in range(len(KEYS)):
        single = alone.update(rows[i : i + 1], own[:, i], values[:, i : i + 1])
        assert both.raw[:, i].tobytes() == single.raw[:, 0].tobytes()
    assert alone.to_bytes() == together.to_bytes()


def test_new_series_join_and_known_ones_keep_their_row() -> None:
    bank = Bank.empty()
    assert bank.rows([b"b", b"a"]).tolist() == [0, 1]
    assert bank.rows([b"a", b"c", b"b"]).tolist() == [1, 2, 0]
    assert len(bank) == 3
    many = bank.rows([b"%d" % i for i in range(1000)])
    assert len(set(many.tolist())) == 1000


def test_silent_series_are_evicted_and_the_others_keep_their_state() -> None:
    bank = Bank.empty()
    rows = bank.rows([b"old", b"new"])
    bank.update(rows, np.array([1000]), np.array([[1.0, 2.0]]))
    bank.update(rows[1:], np.array([2000]), np.array([[4.0]]))
    assert bank.evict(1500) == 1
    assert bank.keys() == [b"new"]
    undisturbed = Bank.empty()
    row = undisturbed.rows([b"new"])
    undisturbed.update(row, np.array([1000, 2000]), np.array([[2.0], [4.0]]))
    after = [b.update(b.rows([b"new"]), np.array([3000]), np.array([[9.0]])) for b in (bank, undisturbed)]
    assert after[0].expected.tolist() == after[1].expected.tolist()
    assert not np.isnan(after[0].expected).any()


def test_a_batch_is_remembered_until_so_many_others_came() -> None:
    bank = Bank.empty()
    bank.remember(b"first")
    for i in range(BATCHES_REMEMBERED - 1):
        bank.remember(b"%d" % i)
    assert bank.seen(b"first")
    assert Bank.from_bytes(bank.to_bytes()).seen(b"first")
    bank.remember(b"one more")
    assert not bank.seen(b"first")


def test_the_whole_state_survives_its_bytes() -> None:
    bank, _ = replay(60)
    bank.remember(b"batch 1")
    bank.extra["outbox"] = b"\x00\xff"
    again = Bank.from_bytes(bank.to_bytes())
    assert again.extra == {"outbox": b"\x00\xff"}
    assert again.keys() == KEYS
    assert again.to_bytes() == bank.to_bytes()


def test_an_empty_bank_survives_its_bytes() -> None:
    assert len(Bank.from_bytes(Bank.empty().to_bytes())) == 0


@pytest.mark.parametrize("harm", ["magic", "version", "body", "cut", "empty"])
def test_damaged_bytes_are_refused(harm: str) -> None:
    good = replay(60)[0].to_bytes()
    bad = {
        "magic": b"XXXX" + good[4:],
        "version": good[:4] + b"\xff\x7f" + good[6:],
        "body": good[:-1] + bytes([good[-1] ^ 1]),
        "cut": good[: len(good) // 2],
        "empty": b"",
    }[harm]
    with pytest.raises(BankCorrupt) as refusal:
        Bank.from_bytes(bad)
    assert isinstance(refusal.value, Rejected)


def test_the_same_state_gives_the_same_bytes() -> None:
    digests = {hashlib.sha256(replay(60)[0].to_bytes()).hexdigest() for _ in range(2)}
    assert len(digests) == 1
