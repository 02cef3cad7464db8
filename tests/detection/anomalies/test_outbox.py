"""Open and untold anomalies survive inside a bank."""

from datetime import timedelta

from inframind.detection.anomalies.outbox import Ledger, digest_of, found
from inframind.identity import SeriesId, series_digest
from tests.contracts.anomalies import NOON, anomaly

ENDED = anomaly(1, phase="cleared", cleared_at=NOON + timedelta(minutes=5))


def test_a_ledger_is_read_back_as_it_was_written() -> None:
    ledger = Ledger({digest_of(anomaly(2)): anomaly(2)}, [anomaly(1), ENDED, anomaly(2)])
    assert Ledger.read(ledger.write()) == ledger
    assert Ledger.read({}) == Ledger()


def test_the_table_gets_each_anomaly_once_as_it_was_last() -> None:
    assert Ledger(untold=[anomaly(1), ENDED, anomaly(2)]).to_keep() == [ENDED, anomaly(2)]


def test_an_opening_is_announced_even_if_it_has_cleared_since_and_a_clearing_never() -> None:
    facts = Ledger(untold=[anomaly(1), ENDED]).to_announce()
    assert [(fact.anomaly, fact.occurred_at) for fact in facts] == [(anomaly(1), anomaly(1).detected_at)]
    assert Ledger(untold=[ENDED]).to_announce() == []


def test_a_fact_told_twice_has_one_id() -> None:
    assert found(anomaly(1)).id == found(anomaly(1)).id != found(anomaly(2)).id


def test_records_of_another_version_are_dropped_and_counted_not_fatal() -> None:
    stranger = b'{"id": "x", "a_field_of_tomorrow": 1}\n'
    ledger = Ledger.read({"open": stranger, "outbox": stranger + anomaly(1).model_dump_json().encode() + b"\n"})
    assert (ledger.untold, ledger.is_open, ledger.unreadable) == ([anomaly(1)], {}, 2)


def test_an_anomaly_belongs_to_the_series_it_was_found_in() -> None:
    series = SeriesId("web-1", "cpu_usage", (("core", "0"), ("mode", "user")))
    one = anomaly(labels={"mode": "user", "core": "0"})
    assert digest_of(one) == series_digest("web-1", series.to_bytes())


def test_text_with_line_breaks_stays_one_record() -> None:
    strange = anomaly(1, resource="a\nb", explanation="one\u2028two\x85three\rfour")
    assert Ledger.read(Ledger(untold=[strange]).write()).untold == [strange]
