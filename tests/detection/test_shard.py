"""A shard learns each delivery once and remembers what it has found."""

import numpy as np
import pytest

from inframind.detection.bank.bank import BankCorrupt
from inframind.detection.shard import SILENT_MS, Delivery, Shard
from inframind.frames import Frame
from inframind.records import from_ms
from tests.detection.frames import LONG, MINUTE, NOON, flat, steady

NOW = NOON + 900 * MINUTE


def delivery(*frames: Frame, name: bytes = b"") -> Delivery:
    return Delivery(name or b"".join(b"%s%d" % (one.resource.encode(), one.times_ms[0]) for one in frames), frames)


def learnt(*deliveries: Delivery) -> Shard:
    shard = Shard()
    shard.learn(deliveries, NOW)
    return shard


def test_a_spike_is_found_and_clears_when_it_is_over() -> None:
    shard = learnt(delivery(steady()))
    assert shard.ledger.untold == []
    assert shard.learn([delivery(flat(95.0, rows=3))], NOW) == 3
    (begun,) = shard.ledger.untold
    assert (begun.resource_id, begun.metric_name, begun.phase) == ("web-1", "cpu_usage", "open")
    assert begun.detected_at == from_ms(NOON + LONG * MINUTE)
    shard.learn([delivery(steady(start=LONG + 3))], NOW)
    (ended,) = shard.ledger.untold
    assert (ended.id, ended.phase) == (begun.id, "cleared")


def test_a_delivery_that_comes_again_changes_nothing() -> None:
    shard = learnt(delivery(steady()), delivery(flat(95.0)))
    before = shard.to_bytes()
    assert shard.learn([delivery(flat(95.0)), delivery(steady())], NOW) == 0
    assert not shard.changed
    assert shard.to_bytes() == before


def test_the_same_delivery_twice_in_one_batch_is_learnt_once() -> None:
    assert learnt(delivery(steady()), delivery(steady())).to_bytes() == learnt(delivery(steady())).to_bytes()


def test_deliveries_in_one_batch_or_one_by_one_leave_the_same_state() -> None:
    parts = [delivery(steady(who, 100, start)) for start in (0, 100, 200) for who in ("web-1", "web-2")]
    parts += [delivery(flat(95.0)), delivery(flat(95.0, "web-2"))]
    together, alone = learnt(*parts), Shard()
    found = []
    for one in parts:
        alone.learn([one], NOW)
        found += alone.ledger.untold
    assert {one.id for one in found} == {one.id for one in together.ledger.untold}
    assert together.ledger.is_open == alone.ledger.is_open
    later = [delivery(steady(who, 100, LONG + 10)) for who in ("web-1", "web-2")]
    for one in later:
        together.learn([one], NOW)
        alone.learn([one], NOW)
    assert together.to_bytes() == alone.to_bytes()


def test_frames_of_one_resource_are_learnt_in_order_of_time() -> None:
    late_first = learnt(delivery(steady(rows=150, start=150), steady(rows=150)))
    assert late_first.bank.newest_ms().tolist() == [NOON + (LONG - 1) * MINUTE]
    assert late_first.learn([delivery(flat(95.0))], NOW) == 1
    assert len(late_first.ledger.untold) == 1


def test_a_shard_survives_its_bytes() -> None:
    shard = learnt(delivery(steady()), delivery(flat(95.0)))
    again = Shard.from_bytes(shard.to_bytes())
    assert again.ledger == shard.ledger
    assert again.to_bytes() == shard.to_bytes()


def test_bytes_that_are_no_shard_are_refused() -> None:
    with pytest.raises(BankCorrupt):
        Shard.from_bytes(b"junk")


def test_a_delivery_without_frames_is_nothing_new() -> None:
    shard = Shard()
    assert shard.learn([Delivery(b"", ())], NOW) == 0
    assert not shard.changed


def test_a_crowded_shard_forgets_the_silent_and_closes_what_was_open_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inframind.detection.shard.CROWDED", 1)
    shard = learnt(delivery(steady()), delivery(flat(95.0)))
    week_later = NOW + SILENT_MS
    fresh = Frame("web-2", (b"cpu_usage",), np.array([week_later]), np.array([[1.0]]))
    shard.learn([delivery(fresh)], week_later)
    (ended,) = shard.ledger.untold
    assert (ended.resource_id, ended.phase, ended.cleared_at) == ("web-1", "cleared", from_ms(week_later))
    assert shard.ledger.is_open == {}
    assert len(shard.bank) == 1


def test_a_replay_of_old_data_stays_while_there_is_room() -> None:
    shard = learnt(delivery(steady()))
    shard.learn([delivery(flat(95.0))], NOW + 1000 * SILENT_MS)
    assert len(shard.ledger.untold) == 1
