"""Asks the stored series of an incident's services who is behind its trouble, within bounds of time and of size.

The incident stands and is announced before anybody asks: a series store that is slow or fails costs it only this.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from time import monotonic

from inframind import wiring
from inframind.entry import attempt, logger, went_wrong
from inframind.errors import InframindError
from inframind.frames import Frame
from inframind.incidents.board import Board
from inframind.incidents.diagnosis import weighed
from inframind.incidents.outcome import Outcome
from inframind.incidents.rules import Rules
from inframind.records import from_ms
from inframind.signals import Incident, Measurement
from inframind.usecases import clock
from inframind.usecases.incidents import kept, rounds

READ_WITHIN_S = 1.2  # of the two seconds in which a cause is to be named
BUDGET_S = 4.0  # for all incidents of a delivery: signals that come next wait as long
AT_ONCE = 8
ONGOING = ("open", "acknowledged")
CELLS = 400_000  # of a resource: two hours of 800 series each 15 s; what is larger is left out

log = logger("incidents")


def weigh(incidents: Iterable[Incident]) -> None:
    """Weighs the suspects of each incident that is not over anew, as far as there is time; nothing here ever fails."""
    rules, until = rounds.rules(), monotonic() + BUDGET_S
    if not rules.edges:
        return
    for incident in incidents:
        if incident.status not in ONGOING or monotonic() > until:
            continue
        outcome = attempt(partial(_weigh, incident, rules))
        went_wrong(outcome, log, ("metrics of an incident not weighed",) * 2, incident=incident.id)


def _weigh(incident: Incident, rules: Rules) -> None:
    found = measured(incident, rules, clock.now_ms())
    if not found or found == incident.measurements:
        return

    def work(board: Board, now_ms: int) -> Outcome | None:
        latest = kept.incident(incident.id)
        if latest is None or latest.status not in ONGOING or latest.measurements == found:
            return None
        return weighed(board, latest, found, now_ms, rules)

    rounds.work_round(work)


def measured(incident: Incident, rules: Rules, now_ms: int) -> tuple[Measurement, ...]:
    """What the metrics say; nothing where there is nothing to ask, or no answer in time."""
    from inframind.incidents.cause.metric_evidence import inquiry, measurements  # numpy: most deliveries need none

    asked = inquiry(incident, rules.edges, now_ms)
    if asked is None:
        return ()
    begun = monotonic()
    names = [name for of_one in asked.resources.values() for name in of_one]
    read = _read(names, asked.start_ms, asked.end_ms)
    frames = {
        service: [frame for name in of_one for frame in read.get(name, ())]
        for service, of_one in asked.resources.items()
    }
    found = measurements(asked, {service: those for service, those in frames.items() if those})
    log.info(
        "metrics of an incident read",
        incident=incident.id,
        resources=len(read),
        of=len(names),
        suspects=sum(one.score > 0 for one in found),
        ms=round(1000 * (monotonic() - begun)),
    )
    return found


def _read(names: Sequence[str], start_ms: int, end_ms: int) -> Mapping[str, Sequence[Frame]]:
    """The frames of each resource that could be read in time."""
    pool = ThreadPoolExecutor(AT_ONCE)
    running = {pool.submit(_frames, name, start_ms, end_ms): name for name in dict.fromkeys(names)}
    done, late = wait(running, timeout=READ_WITHIN_S)
    pool.shutdown(wait=False, cancel_futures=True)
    failed = [str(error) for one in done if isinstance(error := one.exception(), InframindError)]
    if late or failed:
        log.warning("metrics of an incident not read", late=len(late), failed=len(failed), reason=failed[:1])
    return {running[one]: one.result() for one in done if not isinstance(one.exception(), InframindError)}


def _frames(name: str, start_ms: int, end_ms: int) -> Sequence[Frame]:
    """The frames of a resource in the range; none of one that is too large."""
    found: list[Frame] = []
    cells = 0
    for hour in wiring.series_store().hours(name, from_ms(start_ms), from_ms(end_ms)):
        cells += sum(frame.values.size for frame in hour)
        if cells > CELLS:
            return ()
        found += hour
    return found
