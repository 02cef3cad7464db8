"""HTTP -> who calls whom, and what people say of that."""

from inframind.http.app import create_app, lambda_handler
from inframind.http.topology import topology_routes

app = create_app("topology")
app.include_router(topology_routes.router)
handler = lambda_handler(app, "topology")
