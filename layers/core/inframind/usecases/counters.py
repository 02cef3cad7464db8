"""Adds to the platform's counters. A count that is lost is logged and no more: the work it tells of is done."""

from collections.abc import Mapping

from inframind import wiring
from inframind.entry import logger
from inframind.errors import Unavailable
from inframind.ports.paging import CounterKey


def add_counts(word: str, counts: Mapping[CounterKey, float]) -> None:
    """Adds what is not zero to the counters; never raises `Unavailable`. `word` names the capability in the log."""
    wanted = {key: number for key, number in counts.items() if number}
    if not wanted:
        return
    try:
        wiring.counters().add(wanted)
    except Unavailable as failed:
        logger(word).warning("not counted", reason=failed.detail)
