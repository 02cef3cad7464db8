"""Every quarter of an hour -> builds that nobody has spoken of for too long, closed as abandoned.

Whatever is told of such a build later counts: a step opens it again, its end completes it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from inframind import wiring
from inframind.entry import Event, logger, schedule
from inframind.optimization.events import BuildClosed
from inframind.settings import settings
from inframind.usecases.optimization.recording import record

WORD = "optimization"
AT_ONCE = 500  # builds a round; what is left is closed by the next
BUDGET_S = 30.0  # of the function's 50

log = logger(WORD)


@schedule(WORD)
def handler(_event: Event) -> Mapping[str, Any]:
    """Closes whatever is silent, as far as the time goes."""
    started = monotonic()
    silent_since = datetime.now(UTC) - timedelta(hours=settings().build_abandoned_hours)
    quiet = wiring.builds().quiet(silent_since, AT_ONCE)
    closed = 0
    for run_id in quiet:
        if monotonic() - started > BUDGET_S:
            break
        closed += _closed(run_id, silent_since)
    return {"closed": closed, "left": len(quiet) - closed}


def _closed(run_id: str, silent_since: datetime) -> int:
    """1; or 0 if it has spoken meanwhile, for the list of the silent ones is a moment old."""
    kept = wiring.builds().load(run_id).log
    if kept is None or kept.heard_at >= silent_since:
        return 0
    build = record(run_id, [BuildClosed(run_id=run_id, received_at=kept.heard_at)])
    if build is None or build.outcome != "abandoned":
        return 0
    log.info("build closed", event="build abandoned", run_id=run_id, pipeline=build.pipeline)
    return 1
