"""The route by which people say whether an anomaly was one."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from inframind import wiring
from inframind.detection.commands import Heed, text
from inframind.errors import NotFound
from inframind.http.app import needs, refusals
from inframind.http.detection.anomaly_routes import ANOMALY
from inframind.http.examples import answer_example, body_example
from inframind.identity import shard_of
from inframind.records import AccessKey, Anomaly, Feedback, Role
from inframind.settings import settings
from inframind.usecases import clock

GIVEN = {"verdict": "normal", "comment": "The nightly backup."}
KEPT = GIVEN | {"by": "0123456789ab", "at": "2026-01-11T11:00:00Z"}

router = APIRouter(tags=["detection"])


class Said(BaseModel):
    """What a person says of an anomaly."""

    verdict: Literal["normal", "anomaly"] = Field(description="Whether it was one, or normal.")
    comment: str = Field("", max_length=1000)


@router.post(
    "/api/v1/anomalies/{anomaly_id}/feedback",
    operation_id="give_feedback",
    summary="Say whether an anomaly was one",
    description="`normal`: if it is still open it clears, and from now on departures of that series which go the "
    "same way and at most half as far again open no anomaly; larger ones do. This fades: after about five weeks "
    "the same departure is announced again. `anomaly` takes a `normal` back. The scorer heeds it within seconds, "
    "in the order of the samples. What was said is kept with the anomaly; saying it again changes nothing.",
    openapi_extra=body_example(GIVEN),
    responses=answer_example(ANOMALY | {"feedback": KEPT}) | refusals(404, 422),
)
async def give_feedback(anomaly_id: str, said: Said, caller: Annotated[AccessKey, needs(Role.OPERATOR)]) -> Anomaly:
    known = wiring.anomalies().get(anomaly_id)
    feedback = _feedback(said, caller, known.feedback if known else None)
    kept = wiring.anomalies().judge(anomaly_id, feedback)
    if kept is None:
        raise NotFound(f"There is no anomaly {anomaly_id}. GET /api/v1/anomalies lists what was found.")
    order = text(Heed(anomaly=kept.model_copy(update={"feedback": None}), feedback=feedback))
    wiring.score_queue().order({shard_of(kept.resource_id, settings().shards): order})
    return kept


def _feedback(said: Said, caller: AccessKey, before: Feedback | None) -> Feedback:
    """What was said; the same said again stays as it was, so that a retry orders the same."""
    fresh = Feedback(verdict=said.verdict, comment=said.comment, by=caller.id, at=clock.now())
    if before is not None and before.model_copy(update={"at": fresh.at}) == fresh:
        return before
    return fresh
