"""What stands in NoticeQueue and is no fact of an incident is refused, whatever it is."""

import pytest

from inframind.errors import Malformed
from inframind.notification.envelope import incident_of


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "1", "{", '{"detail-type": "IncidentOpened"}', "[" * 10_000, '{"a":' * 10_000],
    ids=["nothing", "null", "a list", "a number", "cut off", "no detail", "deep lists", "deep objects"],
)
def test_what_is_no_fact_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        incident_of(body)
