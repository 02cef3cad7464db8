"""HTTP -> channels, escalations and silences, and a test notice sent at once."""

from inframind.http.app import create_app, lambda_handler
from inframind.http.notification import channel_routes, escalation_routes, silence_routes

app = create_app("notification")
app.include_router(channel_routes.router)
app.include_router(escalation_routes.router)
app.include_router(silence_routes.router)
handler = lambda_handler(app, "notification")
