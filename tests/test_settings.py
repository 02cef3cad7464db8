"""Tests of what a deployment may set."""

import pytest

from inframind.settings import Settings, load


def test_unset_and_empty_variables_keep_their_defaults() -> None:
    assert load({"SHARDS": "", "UNRELATED": "x"}) == Settings()


def test_values_take_the_type_of_their_default() -> None:
    settings = load({"SHARDS": "8", "ZSCORE_THRESHOLD": "2.5", "APP_NAME": "ops"})
    assert (settings.shards, settings.zscore_threshold, settings.app_name) == (8, 2.5, "ops")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("on", True), ("false", False), ("0", False)])
def test_switches_are_read_as_people_write_them(text: str, value: bool) -> None:
    assert load({"METRICS_OPEN": text}).metrics_open is value


def test_a_number_that_is_none_stops_the_start() -> None:
    with pytest.raises(ValueError, match="eight"):
        load({"SHARDS": "eight"})
