"""Every minute -> every active resource assessed, RiskRaised on the bus.

A rise is kept with the level in one conditional write, as a debt; then it is announced, then the debt is settled. Of
two assessors one wins the write. A debt that outlives its assessor is announced by the next one, under the same id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from inframind import wiring
from inframind.entry import Bug, Event, attempt, logger, schedule
from inframind.errors import InframindError, Unavailable
from inframind.facts import RiskRaised
from inframind.ports.risk import KeptRisk
from inframind.records import Risk, RiskLevel, from_ms, to_ms
from inframind.risk.assessment import rise
from inframind.risk.turns import in_turn
from inframind.usecases.counters import add_counts
from inframind.usecases.risk.appraisal import appraise

WORD = "risk"
ACTIVE = timedelta(minutes=15)
LOOKBACK = timedelta(minutes=10)
BUDGET_S = 40.0  # of the function's 50; the next minute goes on where this one stopped
OWED_FOR = timedelta(seconds=55)  # by then whoever owes it has been stopped by the function's time-out

log = logger(WORD)


@schedule(WORD)
def handler(_event: Event) -> Mapping[str, Any]:
    """Assesses each active resource once, as far as the time goes."""
    started, now = monotonic(), from_ms(to_ms(datetime.now(UTC)))
    resumed_after = wiring.risks().stopped_after()
    order = in_turn(wiring.series_store().active(now - ACTIVE), resumed_after)
    outcomes: list[Risk | InframindError | Bug | None] = []
    for resource in order:
        if monotonic() - started > BUDGET_S:
            break
        outcomes.append(attempt(partial(_assess, resource, now)))
    _note_place(order, len(outcomes), resumed_after)
    return _sum_up(order, outcomes)


def _assess(resource: str, now: datetime) -> Risk | None:
    """The resource's risk, its rise announced; None while someone else is at it."""
    kept = wiring.risks().get(resource)
    if kept and kept.owed:
        if now - kept.at < OWED_FOR:
            return None
        _announce(resource, kept, kept.owed)
        kept = replace(kept, owed=None)
    risk = appraise(resource, LOOKBACK, now)
    if risk.status == "OK" and (kept is None or kept.level != risk.risk_level):
        raised = rise(risk, kept.level if kept else None, now)
        moved = KeptRisk(risk.risk_level, now, raised)
        if wiring.risks().move(resource, kept, moved) and raised:
            _announce(resource, moved, raised)
    return risk


def _announce(resource: str, kept: KeptRisk, owed: RiskRaised) -> None:
    wiring.facts().announce([owed])
    wiring.risks().move(resource, kept, replace(kept, owed=None))
    log.info(
        "a resource's risk level rose",
        event="risk raised",
        resource=resource,
        level=owed.level.value,
        previous=owed.previous_level.value,
        score=owed.risk_score,
        explanation=owed.explanation,
    )


def _note_place(order: Sequence[str], done: int, resumed_after: str | None) -> None:
    place = order[done - 1] if 0 < done < len(order) else None
    if place != resumed_after:
        wiring.risks().stop_after(place)


def _sum_up(order: Sequence[str], outcomes: Sequence[Risk | InframindError | Bug | None]) -> Mapping[str, Any]:
    assessed = [one for one in outcomes if isinstance(one, Risk)]
    failed = [one for one in outcomes if isinstance(one, Bug | InframindError)]
    high = sum(one.risk_level == RiskLevel.HIGH for one in assessed)
    add_counts(WORD, {("sla_risk_checks_total", ()): len(assessed), ("sla_high_risk_total", ()): high})
    bugs = [one for one in failed if isinstance(one, Bug)]
    if bugs:
        log.error("resources not assessed", resources=len(failed), exc_info=bugs[0].cause)
    elif failed and not assessed:
        raise Unavailable(f"None of {len(failed)} resources could be assessed: {failed[0]}")
    elif failed:
        log.warning("resources not assessed", resources=len(failed), reason=str(failed[0]))
    return {"assessed": len(assessed), "high": high, "failed": len(failed), "left": len(order) - len(outcomes)}
