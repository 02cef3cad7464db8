"""Ids that no table could hold are unknown, not a fault of the table."""

from datetime import UTC, datetime

import pytest

from inframind import wiring
from inframind.platform.keys import keep
from inframind.records import Role
from tests.conftest import Account, load_handler
from tests.contracts.keys import strict
from tests.http_events import ask, event

ADMIN = "an admin's key"
LONG = "x" * 3_000


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("series", f"/api/v1/metrics/{LONG}"),
        ("series", "/api/v1/metrics/"),
        ("series", f"/api/v1/metrics/{LONG}/analyze"),
        ("detection", f"/api/v1/anomalies/{LONG}"),
        ("detection", f"/api/v1/resources/{LONG}/verdict"),
        ("detection", f"/api/v1/detectors/{LONG}"),
        ("risk", f"/api/v1/sla/{LONG}/risk"),
        ("risk", "/api/v1/sla//risk"),
        ("risk", f"/api/v1/sla/{LONG}/status"),
        ("incidents", f"/api/v1/incidents/{LONG}"),
        ("notification", f"/api/v1/notifications/channels/{LONG}"),
        ("optimization", f"/api/v1/builds/{LONG}"),
        ("platform", f"/api/v1/auth/keys/{LONG}"),
    ],
)
def test_an_id_that_no_key_holds_is_404(aws: Account, word: str, path: str) -> None:
    wiring.key_store().put(keep(ADMIN, "test", Role.ADMIN, datetime.now(UTC)))
    strict(wiring.client("dynamodb"))
    assert ask(load_handler(word, "api").handler, event("GET", path, key=ADMIN)).status == 404
