"""The door of telemetry, and two who knock at it."""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from inframind import wiring
from inframind.platform.keys import keep
from inframind.records import Role
from tests.conftest import Account, load_handler
from tests.http_events import Answer, ask, event

KEY, READER = "a-key-that-may-send", "a-key-that-may-read"


@pytest.fixture
def api(aws: Account) -> ModuleType:
    """The handler in an account that knows both keys."""
    keep_keys()
    return load_handler("ingestion", "api")


def keep_keys() -> None:
    for token, role in ((KEY, Role.INGEST), (READER, Role.VIEWER)):
        wiring.key_store().put(keep(token, role, role, datetime.now(UTC)))


def post(api: ModuleType, path: str, document: Any, *, key: str = KEY) -> Answer:
    """The answer to a JSON document."""
    return ask(api.handler, event("POST", path, key=key, body=document))
