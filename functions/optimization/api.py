"""HTTP -> builds told of and listed."""

from inframind.http import build_routes
from inframind.http.app import create_app, lambda_handler

app = create_app("optimization")
app.include_router(build_routes.router)
handler = lambda_handler(app, "optimization")
