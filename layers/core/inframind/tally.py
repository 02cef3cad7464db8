"""Counts what happened; what cannot be counted is logged and forgotten, for the work itself is done."""

from collections.abc import Mapping

from inframind import wiring
from inframind.entry import logger
from inframind.errors import Unavailable
from inframind.ports.paging import CounterKey


def tally(word: str, counts: Mapping[CounterKey, float]) -> None:
    """Adds to the platform's counters whatever is not zero."""
    wanted = {key: number for key, number in counts.items() if number}
    if not wanted:
        return
    try:
        wiring.counters().add(wanted)
    except Unavailable as failed:
        logger(word).warning("not counted", reason=failed.detail)
