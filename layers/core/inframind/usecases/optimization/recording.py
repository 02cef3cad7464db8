"""What is told of builds, put into their logs; what follows from it, sent on and counted."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from pydantic import ValidationError

from inframind import wiring
from inframind.builds import Build, Step
from inframind.entry import logger
from inframind.errors import Conflict, Unavailable
from inframind.frames import bundle, encode_bounded
from inframind.optimization.events import About, BuildEvent, StepEnded
from inframind.optimization.log import BuildLog, build_of, merged
from inframind.optimization.places import seated
from inframind.optimization.prices import PriceTable
from inframind.optimization.telemetry import ENDED, counts_of, counts_of_pipeline, frames_of
from inframind.platform.keys import GRANTS
from inframind.records import AccessKey, Role
from inframind.settings import settings
from inframind.usecases.counters import add_counts

WORD = "optimization"
OPERATOR, QUEUE = "operator", "queue"  # own runs as keys of role ingest do, but may speak of any
OWNERS = {OPERATOR: "an operator's key", QUEUE: "a sender inside AWS"}
OTHERS = "other"  # under which pipelines without counters of their own are counted
TRIES = 10  # recorders that meet at one build: each time one of them gets through


def prices() -> PriceTable:
    """What runners cost in this deployment."""
    return _prices(settings().build_prices)


@cache
def _prices(text: str) -> PriceTable:
    """The table that a text spells; one that cannot be read costs nobody a build, and is logged once an instance."""
    try:
        return PriceTable.model_validate_json(text) if text else PriceTable()
    except ValidationError as unread:
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in unread.errors(include_url=False)]
        logger(WORD).error("BuildPrices cannot be read, so list prices count", faults=faults)
        return PriceTable()


def tolerance() -> timedelta:
    """How far ahead of our clock a sender's may be."""
    return timedelta(seconds=settings().future_tolerance_seconds)


def heard_from(run_id: str, key: AccessKey) -> None:
    """Notes that a key speaks of a run: the first to do so owns it. Raises `Conflict` for another of role ingest.

    A key that was rotated is still the same; operators may speak of any run.
    """
    speaks_for_all = Role.OPERATOR in GRANTS[key.role]
    teller = OPERATOR if speaks_for_all else key.holder
    owner = wiring.builds().claim(run_id, teller)
    if owner != teller and not speaks_for_all:
        whose = OWNERS.get(owner, f"key {owner}")
        raise Conflict(
            f"Build {run_id} belongs to {whose}, which spoke of it first. Speak of it with that key, one that it was "
            "rotated to, or one of role operator; or name your build otherwise."
        )


def record(run_id: str, events: Sequence[BuildEvent]) -> Build | None:
    """The build after these events, its series sent and its end counted. The same events again send the same samples.

    Raises `Unavailable` when others keep writing first.
    """
    before, after = _told(run_id, [_completed(event) for event in events])
    if after is None:
        return None
    _send(after, [event.step for event in events if isinstance(event, StepEnded)])
    counts = counts_of(before, after, prices())
    if after.outcome in ENDED and (before is None or before.outcome not in ENDED):
        counts |= {("suggestions_applied_total", ()): int(_follows_suggestion(after))}
        counts |= counts_of_pipeline(
            _label(after.pipeline, max(event.received_at for event in events)), after, prices()
        )
    add_counts(WORD, counts)
    return after


def _told(run_id: str, events: Iterable[BuildEvent]) -> tuple[Build | None, Build | None]:
    """The build before and after the events have been put into its log."""
    events = list(events)
    for _ in range(TRIES):
        stored = wiring.builds().load(run_id)
        before = stored.log or BuildLog(run_id=run_id)
        after = merged(before, events)
        if after == before:
            return build_of(before), build_of(after)
        if stored.log is None:
            wiring.builds().claim(run_id, QUEUE)  # nobody's yet unless it came over HTTP
        try:
            wiring.builds().save(after, stored.version)
        except Conflict:
            continue
        return build_of(before), build_of(after)
    raise Unavailable(f"Build {run_id} is being written by others.")


def _label(pipeline: str, now: datetime) -> str:
    """Under which name a pipeline is counted: its own, or that of all for whom there is no place."""
    try:
        return pipeline if pipeline == OTHERS or _has_place(pipeline, now) else OTHERS
    except Unavailable:
        return OTHERS  # the build is kept; no count is worth telling of it again


def _has_place(pipeline: str, now: datetime) -> bool:
    """Whether the pipeline has counters of its own; if another gives its place up for it, its counters are forgotten.

    They are forgotten first: what nobody has a place for is then never shown, even if we are killed in between.
    """
    for _ in range(TRIES):
        stored = wiring.builds().places()
        places, gone = seated(stored.places, pipeline, now)
        if places == stored.places:
            return pipeline in places.heard
        if gone:
            wiring.counters().forget(gone)
        try:
            wiring.builds().seat(places, stored.version)
        except Conflict:
            continue
        return True
    return False


def _completed(event: BuildEvent) -> BuildEvent:
    """The event, with the configuration of the suggestion it follows where it names none itself."""
    if isinstance(event, About) and event.suggestion_id and event.configuration is None:
        suggestion = wiring.builds().suggestion(event.suggestion_id)
        if suggestion:
            return event.model_copy(update={"configuration": suggestion.configuration})
    return event


def _follows_suggestion(build: Build) -> bool:
    suggestion = wiring.builds().suggestion(build.suggestion_id) if build.suggestion_id else None
    return suggestion is not None and build.configuration in (None, suggestion.configuration)


def _send(build: Build, steps: Sequence[Step]) -> None:
    kept = [step for step in steps if step in build.steps]
    frames = [data for frame in frames_of(build, kept, prices()) for data in encode_bounded(frame)]
    if frames:
        wiring.sample_queue().send(bundle(frames))
