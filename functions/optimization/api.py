"""HTTP -> builds told of and listed, what the next one should run with, and the models that say so."""

from inframind.http.app import create_app, lambda_handler
from inframind.http.optimization import build_routes, feature_routes, model_routes, optimize_routes

app = create_app("optimization")
app.include_router(feature_routes.router)  # before builds: a run's name may have slashes
app.include_router(build_routes.router)
app.include_router(optimize_routes.router)
app.include_router(model_routes.router)
handler = lambda_handler(app, "optimization")
