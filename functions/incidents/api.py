"""HTTP -> incidents and deployments, what people do to an incident, root causes, knowledge, templates of logs."""

from inframind.http.app import create_app, lambda_handler
from inframind.http.incidents import deployment_routes, incident_routes, knowledge_routes, rca_routes
from inframind.http.ingestion import log_routes

app = create_app("incidents")
app.include_router(incident_routes.router)
app.include_router(deployment_routes.router)
app.include_router(rca_routes.router)
app.include_router(knowledge_routes.router)
app.include_router(log_routes.router)
handler = lambda_handler(app, "incidents")
