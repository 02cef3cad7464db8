"""The routes of the optimizer's models: their versions, the way back, and training on demand."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from inframind import wiring
from inframind.errors import Conflict
from inframind.http.app import needs, refusals
from inframind.http.examples import answer_example
from inframind.optimization.versions import Kind, Ledger, rolled_back
from inframind.records import AccessKey, Role
from inframind.usecases import clock

KINDS: tuple[Kind, ...] = ("graybox", "forest_v1")
TRIES = 5  # trainers and people that change versions at the same time
VERSION: dict[str, Any] = {
    "version": "graybox-5d20e8463f9c",
    "kind": "graybox",
    "trained_at": "2026-01-11T03:00:04Z",
    "learnt_until": "2026-01-09T14:20:00Z",
    "builds": 412,
    "pipelines": 9,
    "held_out": 82,
    "data_sha256": "5d20e8463f9c" + 52 * "0",
    "size_bytes": 18432,
    "error": 0.09,
    "errors": {"duration": 0.08, "memory": 0.06, "new_pipeline": 0.13},
    "compared": 0.11,
    "verdict": "better",
    "reason": "0.09, where graybox-07be4a1f93d2 has 0.11",
}
LEDGER: dict[str, Any] = {
    "kind": "graybox",
    "serving": VERSION["version"],
    "since": "2026-01-11T03:00:04Z",
    "checked_at": "2026-01-11T03:00:04Z",
    "before": ["graybox-07be4a1f93d2"],
    "drift": None,
    "versions": [VERSION],
}
MODELS: dict[str, Any] = {"current": VERSION["version"], "models": [LEDGER]}
ORDERED = {"message": "ordered"}
Viewer, Operator = needs(Role.VIEWER), needs(Role.OPERATOR)


class OptimizerModels(BaseModel):
    """The optimizer's models by kind, each with its versions, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [MODELS]})

    current: str | None = Field(description="The version that suggests; null: nothing was trained yet.")
    models: list[Ledger]


class RollbackWanted(BaseModel):
    """Which model is to go back to the version before."""

    kind: Kind = "graybox"
    leave: str | None = Field(
        None, max_length=200, description="The version that must be serving, so that asking twice goes back once."
    )


class Ordered(BaseModel):
    """A training is on its way."""

    message: Literal["ordered"] = "ordered"


router = APIRouter(prefix="/api/v1/models/optimizer", tags=["optimization"])


@router.get(
    "",
    operation_id="optimizer_models",
    summary="The optimizer's models",
    description="The versions of each kind with their errors on builds they had not seen, which of them serves, which "
    "served before, and whether it drifts. `graybox` suggests; `forest_v1` is the baseline. For role viewer.",
    responses=answer_example(MODELS) | refusals(),
    dependencies=[Viewer],
)
async def optimizer_models() -> OptimizerModels:
    ledgers = [wiring.models().load(kind).ledger for kind in KINDS]
    return OptimizerModels(current=ledgers[0].serving, models=ledgers)


@router.post(
    "/rollback",
    operation_id="roll_back_optimizer",
    summary="The version before, again",
    description="Without a body, of the model that suggests. "
    "The version that is left stays listed and is not promoted again. 409 where none served before, or "
    "another than `leave` serves now. Warm functions follow within a minute. For role operator.",
    responses=answer_example(LEDGER) | refusals(409, 422),
    dependencies=[Operator],
)
async def roll_back(
    wanted: Annotated[
        RollbackWanted | None, Body(openapi_examples={"leave": {"value": {"leave": VERSION["version"]}}})
    ] = None,
) -> Ledger:
    wanted = wanted or RollbackWanted()
    for _ in range(TRIES):
        stored = wiring.models().load(wanted.kind)
        if wanted.leave and stored.ledger.serving != wanted.leave:
            raise Conflict(f"{stored.ledger.serving or 'No version'} serves, not {wanted.leave}.")
        ledger = rolled_back(stored.ledger, clock.now())
        try:
            wiring.models().save(ledger, stored.tag)
        except Conflict:
            continue
        return ledger
    raise Conflict(f"The versions of {wanted.kind} keep changing. Read them and try again.")


@router.post(
    "/train",
    operation_id="train_optimizer",
    summary="Train now",
    description="It is trained every day anyway. What comes of it is listed with the versions a little later. For role "
    "operator.",
    status_code=202,
    responses=answer_example(ORDERED, 202) | refusals(),
)
async def train(key: AccessKey = Operator) -> Ordered:
    wiring.training_queue().order(key.name)
    return Ordered()
