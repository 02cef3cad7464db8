"""Names that a service may have."""

import pytest

from inframind.topology.naming import NAME_CHARS, wrong_with


@pytest.mark.parametrize("name", ["auth", "höst/ü", "a>b", "pod 1", "x" * NAME_CHARS, "{}'\"\\"])
def test_a_service_may_be_called_nearly_anything(name: str) -> None:
    assert wrong_with(name) == ""


@pytest.mark.parametrize(
    "name", ["", " ", "unknown", "-", "localhost", "x" * 201, "a\0b", "a\nb", "a\u202eb", "a\u2028b"]
)
def test_a_name_that_nobody_has_or_sees_is_none(name: str) -> None:
    assert wrong_with(name)
