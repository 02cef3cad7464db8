"""The world of the scorer, which every handler of the test finds."""

import pytest

from inframind.settings import settings
from tests.functions.detection.world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    made = World()
    made.install(monkeypatch)
    return made
