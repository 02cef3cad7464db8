"""What is kept of incidents, as far as it can be read: what is damaged is said and passed over.

What a round may replace is copied first, so that nothing is lost by it.
"""

from collections.abc import Collection, Mapping, Sequence

from inframind import wiring
from inframind.errors import Damaged
from inframind.incidents.board import Board
from inframind.incidents.correlation.cold_storage import ColdShard
from inframind.incidents.knowledge.entries import Knowledge
from inframind.signals import Incident
from inframind.usecases.damage import report, reported

WORD = "incidents"


def board() -> tuple[Board, int]:
    """The board and its version; an empty one in the place of one that cannot be read."""
    stored = wiring.incidents().board()
    try:
        return Board() if stored.data is None else Board.from_bytes(stored.data), stored.version
    except Damaged:
        report("board", ["board"], WORD)
        wiring.incidents().set_aside("board")
        return Board(), stored.version


def cold_shards(numbers: Collection[int]) -> Mapping[int, ColdShard]:
    """Those of the cold shards that were ever written; an empty one in the place of one that cannot be read."""
    stored = wiring.incidents().cold_shards(numbers) if numbers else {}
    return {number: _cold_shard(number, data) for number, data in stored.items()}


def incidents(names: Collection[str]) -> dict[str, Incident]:
    """The incidents by id; those that are gone are left out, and those that cannot be read."""
    if not names:
        return {}
    page = reported(wiring.incidents().known(sorted(names)), "incident", WORD)
    for name in page.damaged:
        wiring.incidents().set_aside("incident", name)
    return {one.id: one for one in page.items}


def incident(name: str) -> Incident | None:
    """The incident; None if it is gone, or cannot be read."""
    try:
        return wiring.incidents().get(name)
    except Damaged:
        report("incident", [name], WORD)
        return None


def knowledge() -> Sequence[Knowledge]:
    """The newest thousand entries."""
    return reported(wiring.knowledge().recent(), "knowledge", WORD).items


def entry(knowledge_id: str) -> Knowledge | None:
    """The entry, or None; raises `Damaged`."""
    try:
        return wiring.knowledge().get(knowledge_id)
    except Damaged:
        report("knowledge", [knowledge_id], WORD)
        raise


def _cold_shard(number: int, data: bytes) -> ColdShard:
    try:
        return ColdShard.from_bytes(data)
    except Damaged:
        report("cold_shard", [str(number)], WORD)
        wiring.incidents().set_aside("cold_shard", str(number))
        return ColdShard()
