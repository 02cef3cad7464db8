"""Suspicion from signals weighed anew by what stored metrics say."""

from collections.abc import Iterable, Sequence

from inframind.signals import Measurement, SuspectedCause

MEASURED = 0.6  # for all of the trouble: about as much as the three best of what signals say of a service
UNSEEN = 0.3  # beside it, for a service that no signal tells of
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
    return suspect.model_copy(
        update={
            "score": round(min(suspect.score + MEASURED * said.score, 1.0), 4),
            "reason": f"{suspect.reason}; its metrics: {said.words}",
            "evidence_ids": (*suspect.evidence_ids, said.id),
        }
    )


def _unseen(said: Measurement) -> SuspectedCause:
    return SuspectedCause(
        subject=said.service,
        kind="metric",
        score=round(UNSEEN + MEASURED * said.score, 4),
        reason=f"{said.service} told of nothing; its metrics: {said.words}",
        evidence_ids=(said.id,),
    )
