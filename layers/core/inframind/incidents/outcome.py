"""What a round of work comes to: the board as it is to be kept, incidents, and the facts that are owed of them."""

from dataclasses import dataclass, field

from inframind.identity import content_id
from inframind.incidents.board import Board, Owed
from inframind.signals import Incident

LOOK_EVERY_MS = 60_000  # while an incident is open


@dataclass(slots=True)
class Outcome:
    """The board as it is to be kept, and the incidents and deployments that go with it in one write."""

    board: Board
    incidents: dict[str, Incident] = field(default_factory=dict)
    folded: int = 0  # signals that were counted to another of their service
    moved: int = 0  # signals of services beyond what their sender may open


def owe(kind: str, incident: str, reason: str, now_ms: int) -> Owed:
    """A debt, under an id of its own."""
    parts = (kind, incident) if kind == "opened" else (kind, incident, reason, str(now_ms))
    return Owed.model_validate(
        {
            "id": content_id(part.encode() for part in parts),
            "kind": kind,
            "incident": incident,
            "reason": reason,
            "at_ms": now_ms,
        }
    )


def with_look(board: Board, now_ms: int, after_ms: int = LOOK_EVERY_MS) -> Board:
    """The board with a look ahead of it while an incident is open, and a reminder owed for it if none was sent."""
    if not board.has_open:
        return board.model_copy(update={"look_ms": 0, "look_is_owed": False})
    if board.look_ms:
        return board
    return board.model_copy(update={"look_ms": now_ms + after_ms, "look_is_owed": True})
