"""What people do to an incident, as one round of work on the board."""

from collections.abc import Callable, Sequence

from inframind import wiring
from inframind.errors import Damaged, NotFound
from inframind.incidents.board import Board
from inframind.incidents.outcome import Outcome
from inframind.signals import Incident
from inframind.usecases.damage import report
from inframind.usecases.incidents import rounds
from inframind.usecases.incidents.cold_storage import ColdStorage


def changed(incident_id: str, work: Callable[[Board, Incident, int], Outcome], beside: Sequence[str] = ()) -> Incident:
    """The incident after the work, which needs it and those beside it on the board.

    Whatever else happens to it meanwhile comes before or after.
    """

    def on_the_board(board: Board, cold: ColdStorage, now_ms: int) -> Outcome:
        incident, *others = (known(name) for name in (incident_id, *beside))
        return work(cold.with_incidents(board, [incident, *others]), incident, now_ms)

    rounds.work_round_with_cold_storage(on_the_board)
    return known(incident_id)


def known(incident_id: str) -> Incident:
    """The incident; raises `NotFound`, or `Damaged`."""
    try:
        found = wiring.incidents().get(incident_id)
    except Damaged:
        report("incident", [incident_id], "incidents")
        raise
    if found is None:
        raise NotFound(f"There is no incident {incident_id}. GET /api/v1/incidents lists them.")
    return found
