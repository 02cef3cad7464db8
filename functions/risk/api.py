"""HTTP -> a resource's SLA risk and status, assessed now from its samples."""

from inframind.http.app import create_app, lambda_handler
from inframind.http.risk import sla_routes

app = create_app("risk")
app.include_router(sla_routes.router)
handler = lambda_handler(app, "risk")
