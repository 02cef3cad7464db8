"""The route of deployments."""

from fastapi import APIRouter

from inframind import wiring
from inframind.http.app import needs, refusals
from inframind.http.bounding import bounded
from inframind.http.examples import answer_example
from inframind.http.incidents.incident_examples import DEPLOYMENT
from inframind.http.incidents.incident_wire import Deployment, DeploymentPage, Service
from inframind.http.paging import Cursor, Limit
from inframind.records import Role
from inframind.usecases.damage import reported

VIEWER = needs(Role.VIEWER)

router = APIRouter(tags=["incidents"])


@router.get(
    "/api/v1/deployments",
    operation_id="list_deployments",
    summary="The deployments, newest first",
    description="As they were told of; each stands on the time line of every incident near it. For role viewer.",
    responses=answer_example({"items": [DEPLOYMENT], "cursor": None}) | refusals(422),
    dependencies=[VIEWER],
)
async def list_deployments(service: Service = None, limit: Limit = 100, cursor: Cursor = None) -> DeploymentPage:
    page = bounded(lambda most: wiring.incidents().deployments(service, most, cursor), limit)
    reported(page, "deployment", "incidents")
    return DeploymentPage(items=[Deployment.of(one) for one in page.items], cursor=page.cursor)
