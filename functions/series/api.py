"""HTTP -> resources and their samples, from the Series table."""

from inframind.http.app import create_app, lambda_handler
from inframind.http.detection import analysis_routes
from inframind.http.series import sample_routes

app = create_app("series")
app.include_router(analysis_routes.router)  # first: a resource id may hold slashes, so sample_routes takes any path
app.include_router(sample_routes.router)
handler = lambda_handler(app, "series")
