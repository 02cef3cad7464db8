"""HTTP -> newest values judged now, the anomalies that the scorer has found, and what people make of them."""

from inframind.http.app import create_app, lambda_handler
from inframind.http.detection import (
    analysis_routes,
    anomaly_routes,
    backfill_routes,
    detector_routes,
    feedback_routes,
    verdict_routes,
)

app = create_app("detection")
app.include_router(analysis_routes.router)
app.include_router(verdict_routes.router)
app.include_router(backfill_routes.router)  # before detectors: its path is not an id
app.include_router(detector_routes.router)
app.include_router(anomaly_routes.router)
app.include_router(feedback_routes.router)
handler = lambda_handler(app, "detection")
