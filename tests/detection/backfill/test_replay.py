"""A bank that has learnt the past from storage goes on as if it had seen it."""

from collections.abc import Iterator

import numpy as np
import pytest

from inframind.detection.backfill import replay
from inframind.detection.backfill.plan import SLICE_MS, Backfill, plan, slices_each
from inframind.detection.backfill.replay import MOST_UNFINISHED, PART, bounded
from inframind.detection.bank.bank import Bank
from inframind.detection.commands import Replay, command_id
from inframind.detection.detectors.matching import Rulebook
from inframind.detection.shard import Delivery, Shard
from inframind.frames import Frame
from inframind.identity import series_digest
from inframind.records import from_ms
from tests.detection.frames import MINUTE, NOON, flat, steady

ROWS = 900  # fifteen hours: three slices
END = NOON + ROWS * MINUTE
CPU = series_digest("web-1", b"cpu_usage")


def asked(end: int = END, name: str = "one", *, replace: bool = False) -> Backfill:
    slices = slices_each(NOON, end)
    return Backfill(
        id=name,
        created_at=from_ms(end),
        resources=("web-1",),
        start=from_ms(NOON),
        end=from_ms(end),
        replace=replace,
        slices=slices,
    )


def deliveries(of: Backfill, *stored: Frame) -> list[Delivery]:
    return [Delivery(command_id(order), (), order, stored) for order in plan(of)]


def learnt(shard: Shard, of: Backfill, *stored: Frame) -> Shard:
    for one in deliveries(of, *stored):
        shard.learn([one], END)
    return shard


def live(*frames: Frame) -> Shard:
    shard = Shard()
    for frame in frames:
        shard.learn([Delivery(b"%s%d" % (frame.resource.encode(), frame.times_ms[0]), (frame,))], END)
    return shard


def test_a_series_learnt_from_storage_stands_as_if_it_had_been_seen_live() -> None:
    seen, told = live(steady(rows=ROWS)), learnt(Shard(), asked(), steady(rows=ROWS))
    assert told.bank.keys() == seen.bank.keys()
    theirs, ours = (one.bank._columns.gather(one.bank.rows([CPU])) for one in (seen, told))
    assert all(theirs[name].tobytes() == ours[name].tobytes() for name in theirs)
    spike = Delivery(b"spike", (flat(95.0, start=ROWS),))
    told.learn([spike], END)
    assert [one.phase for one in told.ledger.untold] == ["open"]


def test_old_anomalies_are_told_to_nobody() -> None:
    stored = (steady(rows=500), flat(95.0, rows=5, start=500), steady(rows=395, start=505))
    assert [one.phase for one in live(*stored[:2]).ledger.untold] == ["open"]
    shard = Shard()
    for one in deliveries(asked(), *stored):
        shard.learn([one], END)
        assert shard.ledger.untold == []
    assert shard.ledger.is_open == {}


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_slices_delivered_twice_and_in_any_grouping_leave_the_same_bank(at_once: int) -> None:
    slices, shard = deliveries(asked(), steady(rows=ROWS)), Shard()
    for first in range(0, len(slices), at_once):
        for _ in range(2):
            shard = Shard.from_bytes(shard.to_bytes())
            shard.learn(slices[first : first + at_once], END)
    assert shard.to_bytes() == learnt(Shard(), asked(), steady(rows=ROWS)).to_bytes()
    assert not any(name.startswith(PART) for name in shard.bank.extra)


def test_a_series_that_is_known_well_is_left_alone_unless_asked() -> None:
    known = live(steady(rows=300, start=ROWS))
    before = known.bank.samples().tolist()
    learnt(known, asked(), steady(rows=ROWS))
    assert known.bank.samples().tolist() == before == [300.0]
    learnt(known, asked(name="two", replace=True), steady(rows=ROWS))
    assert known.bank.samples().tolist() == [float(ROWS)]


def test_a_young_series_takes_the_longer_history_over() -> None:
    young = live(steady(rows=20, start=ROWS))
    learnt(young, asked(), steady(rows=ROWS))
    assert young.bank.samples().tolist() == [float(ROWS)]


def test_other_series_of_the_shard_are_not_touched() -> None:
    shard = live(steady("web-2", rows=300))
    mine = shard.bank._columns.gather(shard.bank.rows([series_digest("web-2", b"cpu_usage")]))
    before = {name: array.tobytes() for name, array in mine.items()}
    learnt(shard, asked(replace=True), steady(rows=ROWS))
    after = shard.bank._columns.gather(shard.bank.rows([series_digest("web-2", b"cpu_usage")]))
    scalars = [c.name for c in shard.bank._columns.layout if not c.table]
    assert all(after[name].tobytes() == before[name] for name in scalars)
    assert len(shard.arrivals) == len(shard.bank) == 2


def test_what_is_open_in_a_replaced_series_clears() -> None:
    shard = live(steady(rows=300), flat(95.0))
    (begun,) = shard.ledger.is_open.values()
    learnt(shard, asked(replace=True), steady(rows=ROWS))
    (ended,) = shard.ledger.untold
    assert (ended.id, ended.phase, shard.ledger.is_open) == (begun.id, "cleared", {})


def test_samples_between_slices_are_scored_live() -> None:
    shard = live(steady("web-2", rows=300))
    first, *rest = deliveries(asked(), steady(rows=ROWS))
    shard.learn([first], END)
    shard.learn([Delivery(b"spike", (flat(95.0, "web-2"),))], END)
    assert len(shard.ledger.untold) == 1
    for one in rest:
        shard.learn([one], END)
    assert shard.bank.samples().tolist() == [301.0, float(ROWS)]


def test_banks_that_lost_their_last_slice_do_not_pile_up() -> None:
    bank = Bank.empty()
    for i in range(MOST_UNFINISHED + 3):
        order = plan(asked(name=f"{i:03}"))[0]
        assert replay.replay(bank, order, [steady()], Rulebook()) is None
    assert sorted(bank.extra) == [f"{PART}{i:03}/web-1" for i in range(3, MOST_UNFINISHED + 3)]


def test_a_slice_reads_no_further_than_it_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_CELLS", 500)
    asked_for: list[int] = []

    def hours() -> Iterator[list[Frame]]:
        for i in range(10):
            asked_for.append(i)
            yield [steady(rows=300, start=300 * i)]

    frames, cut = bounded(hours())
    assert (len(frames), cut, asked_for) == (2, True, [0, 1, 2])
    assert bounded([[steady(rows=300)]])[1] is False


def test_a_slice_without_samples_is_learnt_as_nothing() -> None:
    order = Replay(backfill="a", slice=0, resource="x", start_ms=0, end_ms=SLICE_MS, replace=False, last=True)
    made = replay.replay(Bank.empty(), order, [steady()], Rulebook())
    assert made is not None
    assert len(made) == 0


def test_a_frame_that_reaches_beyond_the_slice_is_learnt_once() -> None:
    gaps = Frame(
        "web-1", (b"cpu_usage",), steady(rows=ROWS).times_ms, steady(rows=ROWS).values, np.ones((ROWS, 1), bool)
    )
    assert learnt(Shard(), asked(), gaps).bank.samples().tolist() == [float(ROWS)]
