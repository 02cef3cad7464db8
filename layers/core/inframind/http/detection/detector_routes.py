"""The routes by which people configure detection."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from inframind import wiring
from inframind.detection.detectors.detector import Detector, Wanted
from inframind.http import crud
from inframind.http.app import needs, refusals
from inframind.http.audit import record_change
from inframind.http.crud import IdempotencyKey
from inframind.http.examples import answer_example, body_example
from inframind.http.paging import Cursor, Limit
from inframind.records import AccessKey, Role
from inframind.usecases import clock
from inframind.usecases.damage import reported

WANTED: dict[str, Any] = {
    "name": "nightly backups of the databases",
    "resource": "db-*",
    "metric": "disk_*",
    "labels": {"device": "sd?"},
    "enabled": True,
    "direction": "up",
    "min_change": 5.0,
    "min_change_percent": 10.0,
    "trigger_samples": 3,
    "recovery_samples": 5,
    "sensitivity": 1.0,
    "time_zone": "Europe/Berlin",
    "excluded_weekly": [{"days": ["sat", "sun"], "start": "23:00", "end": "02:30"}],
    "excluded_once": [{"start": "2026-02-01T08:00:00Z", "end": "2026-02-01T12:00:00Z"}],
    "absent_after": 5.0,
}
KEPT = {"id": "4d2f9a1c07be", "created_at": "2026-01-11T10:30:00Z", "updated_at": "2026-01-11T10:30:00Z"}
DETECTOR = WANTED | KEPT
RULES = (
    "Patterns are shell patterns (`*`, `?`, `[ab]`), upper and lower case differ. Of several detectors that match a "
    "series, the most specific one alone counts: an exact resource before a pattern, more literal characters before "
    "fewer; then the metric likewise; then more labels, then their literal characters; of equals the one made first. "
    "A series that none matches is scored with the defaults. The scorer follows a change within a minute, for a series "
    "from its next sample on."
)

Viewer, Operator = needs(Role.VIEWER), needs(Role.OPERATOR)
router = APIRouter(prefix="/api/v1/detectors", tags=["detection"])


class DetectorPage(BaseModel):
    """Detectors by id."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [DETECTOR], "cursor": None}]})

    items: list[Detector]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


@router.get(
    "",
    operation_id="list_detectors",
    summary="What people ask of detection",
    description=f"By id, a page at a time. {RULES}",
    responses=answer_example({"items": [DETECTOR], "cursor": None}) | refusals(422),
    dependencies=[Viewer],
)
async def list_detectors(limit: Limit = 100, cursor: Cursor = None) -> DetectorPage:
    page = reported(wiring.detectors().list(limit, cursor), "detector", "detection")
    return DetectorPage(items=list(page.items), cursor=page.cursor)


@router.get(
    "/{detector_id}",
    operation_id="get_detector",
    summary="One detector",
    description="With everything it asks, defaults included.",
    responses=answer_example(DETECTOR) | refusals(404),
    dependencies=[Viewer],
)
async def get_detector(detector_id: str) -> Detector:
    return _known(detector_id)


@router.post(
    "",
    operation_id="create_detector",
    summary="Ask something particular of some series",
    description=f"{RULES} There can be {crud.MAX_ITEMS} detectors (409). An `Idempotency-Key` that came with "
    "another body before is a 409, too.",
    status_code=201,
    openapi_extra=body_example(WANTED),
    responses=answer_example(DETECTOR, 201) | refusals(409, 422),
)
async def create_detector(
    wanted: Wanted,
    caller: Annotated[AccessKey, Operator],
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Detector:
    detector = Detector(**dict(wanted), **crud.creation_fields(caller, idempotency_key))
    if wiring.detectors().get(detector.id) is None:
        record_change(caller, "detector.created", detector.id, _told(detector))
    kept = crud.create(wiring.detectors(), detector, "detector")
    response.headers["location"] = f"/api/v1/detectors/{kept.id}"
    return kept


@router.put(
    "/{detector_id}",
    operation_id="replace_detector",
    summary="Replace what a detector asks",
    description="What the body leaves out takes its default.",
    openapi_extra=body_example(WANTED),
    responses=answer_example(DETECTOR) | refusals(404, 422),
)
async def replace_detector(detector_id: str, wanted: Wanted, caller: Annotated[AccessKey, Operator]) -> Detector:
    times = {"created_at": _known(detector_id).created_at, "updated_at": clock.now()}
    replaced = Detector(**dict(wanted), id=detector_id, **times)
    record_change(caller, "detector.changed", detector_id, _told(replaced))
    if not wiring.detectors().replace(replaced):
        raise crud.not_found(detector_id, "detector")
    return replaced


@router.delete(
    "/{detector_id}",
    operation_id="delete_detector",
    summary="Delete a detector",
    description="Its series fall to the next detector that matches them, or to the defaults.",
    status_code=204,
    response_class=Response,
    responses=refusals(404),
)
async def delete_detector(detector_id: str, caller: Annotated[AccessKey, Operator]) -> Response:
    record_change(caller, "detector.deleted", detector_id, _told(_known(detector_id)))
    if not wiring.detectors().delete(detector_id):
        raise crud.not_found(detector_id, "detector")
    return Response(status_code=204)


def _known(detector_id: str) -> Detector:
    return crud.found(wiring.detectors(), detector_id, "detector")


def _told(detector: Detector) -> str:
    """The detector in a line, for the audit: which series, then what it asks that is not the default."""
    asked = detector.model_dump_json(
        exclude={*crud.SERVER_FIELDS, "resource", "metric", "labels"}, exclude_defaults=True
    )
    labels = "".join(f" {name}={value}" for name, value in detector.labels.items())
    return f"{detector.resource} {detector.metric}{labels}: {asked}"
