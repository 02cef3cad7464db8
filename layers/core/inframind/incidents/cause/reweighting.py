"""Suspicion from signals weighed anew by what stored metrics say.

Which service was first, went furthest and is called last, signals tell of the same metrics, only more coarsely. So
where the metrics were read, they stand in the place of that; deployments and logs are news to them and add to it.
"""

from collections.abc import Iterable, Sequence

from inframind.signals import Measurement, SuspectedCause

PART = 0.3  # for a part in the trouble, however small: with a twelfth of it just enough to be named
MEASURED = 0.6  # beside it, for all of the trouble: together more than the best that signals say of a service
AGREES = 0.1  # of what signals say of a measured service: it decides where metrics do not
CLEARED = 0.5  # of the suspicion of what was measured and has no part in the trouble
NOTHING = 0.05  # part of the trouble below which a service has none


def measured(
    found: Iterable[SuspectedCause | None], measurements: Sequence[Measurement]
) -> list[SuspectedCause | None]:
    """The suspects: with a part in the trouble raised, without one lowered; and services that nobody told of."""
    said = {one.service: one for one in measurements}
    suspects = [one for one in found if one is not None]
    weighed = [_weighed(one, said[one.subject]) if one.subject in said else one for one in suspects]
    unseen = [one for one in measurements if one.service not in {each.subject for each in suspects}]
    return [*weighed, *(_unseen(one) for one in unseen if one.score > NOTHING)]


def _weighed(suspect: SuspectedCause, said: Measurement) -> SuspectedCause:
    if said.score <= NOTHING:
        reason = f"{suspect.reason}; its metrics are {said.words}"
        return suspect.model_copy(update={"score": round(suspect.score * CLEARED, 4), "reason": reason})
    before = PART + AGREES * suspect.score if suspect.kind == "service" else suspect.score
    return suspect.model_copy(
        update={
            "score": round(min(before + MEASURED * said.score, 1.0), 4),
            "reason": f"{suspect.reason}; its metrics: {said.words}",
            "evidence_ids": (*suspect.evidence_ids, said.id),
        }
    )


def _unseen(said: Measurement) -> SuspectedCause:
    return SuspectedCause(
        subject=said.service,
        kind="metric",
        score=round(PART + MEASURED * said.score, 4),
        reason=f"{said.service} told of nothing; its metrics: {said.words}",
        evidence_ids=(said.id,),
    )
