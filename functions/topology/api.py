"""HTTP -> who calls whom, and what people say of that."""

from inframind.http import topology_routes
from inframind.http.app import create_app, lambda_handler

app = create_app("topology")
app.include_router(topology_routes.router)
handler = lambda_handler(app, "topology")
