"""The routes of features: what the optimizer's models see of a build."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from inframind import wiring
from inframind.http.app import needs, refusals
from inframind.http.examples import answer_example
from inframind.http.optimization.build_routes import known
from inframind.optimization.features import FEATURES, UNKNOWN, features
from inframind.optimization.history import LOOKED_BACK
from inframind.ports.optimization import BuildQuery
from inframind.records import Role

FOUND: dict[str, Any] = {
    "run_id": "shop-1187",
    "pipeline": "team/shop",
    "features": [{"name": "jobs_per_core", "value": 1.0, "unit": "ratio", "meaning": "concurrency / cpus."}],
}
Viewer = needs(Role.VIEWER)


class FeatureFound(BaseModel):
    """One feature of a build."""

    name: str
    value: float | None = Field(description="Null where nothing is known.")
    unit: str
    meaning: str


class FeaturesOfBuild(BaseModel):
    """Everything that the models see of a build."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOUND]})

    run_id: str
    pipeline: str
    features: list[FeatureFound]


router = APIRouter(tags=["optimization"], responses=answer_example(FOUND) | refusals(404), dependencies=[Viewer])


@router.get(
    "/api/v1/builds/{run_id:path}/features",
    operation_id="build_features",
    summary="What the models see of a build",
    description=f"Each with its unit and meaning, from what was known when the build started: its configuration, its "
    f"context, and the {LOOKED_BACK} builds of its pipeline that had ended by then. For role viewer.",
)
@router.get(
    "/features/{run_id:path}",
    operation_id="build_features_alias",
    summary="The same as /api/v1/builds/{run_id}/features",
    description="The same answer.",
)
async def build_features(run_id: str) -> FeaturesOfBuild:
    build = known(run_id)
    earlier = wiring.builds().list(BuildQuery(build.pipeline, before=build.started_at), 2 * LOOKED_BACK).items
    values = features(build, earlier)
    found = [
        FeatureFound(
            name=one.name,
            value=None if values[one.name] == UNKNOWN else values[one.name],
            unit=one.unit,
            meaning=one.meaning,
        )
        for one in FEATURES
    ]
    return FeaturesOfBuild(run_id=build.run_id, pipeline=build.pipeline, features=found)
