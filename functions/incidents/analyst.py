"""AnalysisQueue -> the analysis of an incident and what is like it, IncidentChanged on the bus; what is over is learnt.

A batch is folded: one look at each incident, whatever has happened to it meanwhile.
"""

from collections.abc import Sequence
from functools import partial
from time import monotonic

from inframind import wiring
from inframind.entry import Message, attempt, batch, logger, went_wrong
from inframind.errors import Malformed
from inframind.incidents.analyst.requests import Wanted, wanted
from inframind.usecases.incidents import analysing

WORD = "incidents"
BUDGET_S = 280.0  # of the function's 300
RANK = ("fact", "again", "asked")  # of the reasons to look at one incident, the last counts most

log = logger(WORD)


@batch(WORD)
def handler(messages: Sequence[Message]) -> set[str]:
    """Looks at each incident; the ids of the messages to be tried again. What there is no time for is put off."""
    started = monotonic()
    failed: set[str] = set()
    for found, ids in _folded(messages):
        if monotonic() - started + analysing.longest_s() > BUDGET_S:
            wiring.analysis_queue().ask(found.incident, 1, is_asked_for=found.why == "asked")
            continue
        outcome = attempt(partial(analysing.look_at, found))
        said = ("incident not analysed", "incident will be looked at again")
        if went_wrong(outcome, log, said, incident=found.incident):
            failed |= ids
    return failed


def _folded(messages: Sequence[Message]) -> list[tuple[Wanted, set[str]]]:
    """What is wanted, once for each incident, with the ids of its messages. What cannot be read never can be."""
    found: dict[str, Wanted] = {}
    ids: dict[str, set[str]] = {}
    for message in messages:
        try:
            one = wanted(message.body)
        except Malformed as fault:
            log.warning("message is no incident", reason=fault.detail)
            continue
        if one is None:
            continue
        known = found.get(one.incident, one)
        found[one.incident] = max(known, one, key=lambda each: RANK.index(each.why))
        ids.setdefault(one.incident, set()).add(message.id)
    return [(one, ids[name]) for name, one in found.items()]
