"""A state that cannot be read gives way to the one of the incidents table, once that has been read."""

from datetime import UTC, datetime

import pytest

from inframind import wiring
from inframind.errors import Unavailable
from inframind.notification.notices import compact
from inframind.ports.incidents import Round
from inframind.usecases.notification.states import still_open
from tests.conftest import Account, forget
from tests.notification.incidents import incident

NOW = datetime(2026, 1, 11, 10, 30, tzinfo=UTC)


def test_while_incidents_are_out_of_reach_a_state_that_cannot_be_read_stays_on_the_list(
    aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = incident()
    wiring.incidents().commit(Round(b"board", 0, (one,)))
    wiring.board().note(one, NOW)
    where = {"pk": {"S": f"incident#{one.id}"}, "sk": {"S": "state"}}
    aws.client("dynamodb").put_item(TableName="NotificationTable", Item=where | {"record": {"S": '{"id": "cut'}})
    with monkeypatch.context() as away:
        away.setenv("INCIDENTS_TABLE", "nowhere")
        forget()
        for _ in range(2):
            with pytest.raises(Unavailable):
                still_open(one.id, NOW)
    forget()
    assert wiring.board().listed() == [one.id]
    assert still_open(one.id, NOW) == compact(one)
