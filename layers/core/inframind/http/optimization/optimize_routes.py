"""The route that says what a build should run with."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from inframind.builds import Suggestion
from inframind.http.app import needs, refusals
from inframind.http.examples import answer_example
from inframind.optimization.asking import OptimizeWanted
from inframind.usecases.optimization.advising import advise

WANTED: dict[str, Any] = {
    "pipeline": "demo/example-app",
    "context": {"tool": "cmake", "max_rss_gb": 4, "num_steps": 5, "avg_step_duration_s": 60},
}
SUGGESTION: dict[str, Any] = {
    "id": "3f9c1b7a5d20e846",
    "pipeline": "demo/example-app",
    "configuration": {"concurrency": 6, "cpus": 4.0, "memory_gb": 8.0, "cache_gb": 5.0},
    "default": {"concurrency": 2, "cpus": 2.0, "memory_gb": 8.0, "cache_gb": 0.0},
    "duration_s": {"mean": 148.0, "low": 121.0, "high": 178.0},
    "cost_usd": {"mean": 0.036, "low": 0.036, "high": 0.036},
    "peak_memory_gb": {"mean": 4.1, "low": 3.6, "high": 4.7},
    "reason": "6 jobs instead of 2, 4 cores instead of 2, a cache of 5 GB: expected to be 46 % faster than the "
    "default, after 14 builds of this pipeline.",
    "explores": False,
    "is_default": False,
    "model_version": "graybox-5d20e8463f9c",
    "builds_known": 14,
    "guards": [{"guard": "host_memory", "effect": "memory 8.0 GB instead of 16.0"}],
}
AnyKey = needs(None)
ASKING: dict[str, Any] = {"responses": answer_example(SUGGESTION) | refusals(422), "dependencies": [AnyKey]}

router = APIRouter(tags=["optimization"])


@router.post(
    "/api/v1/optimize",
    operation_id="optimize",
    summary="What the next build should run with",
    description="Parallel jobs, cores, memory and cache size, each within the host and never far from what the "
    "pipeline ran with before; with what it is expected to take (nine of ten builds lie between `low` and `high`), "
    "why, and the guards that had a say. With few builds known it is the default. Send its `id` as `suggestion_id` "
    "with the build that follows it. For any role.",
    **ASKING,
)
@router.post(
    "/optimize",
    operation_id="optimize_alias",
    summary="The same as /api/v1/optimize",
    description="The same body, the same answer.",
    **ASKING,
)
async def optimize(
    wanted: Annotated[OptimizeWanted, Body(openapi_examples={"a new pipeline": {"value": WANTED}})],
) -> Suggestion:
    return advise(wanted)
