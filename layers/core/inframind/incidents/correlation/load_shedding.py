"""The board within its size, where even what can be put away does not make room: what is lost is the least there is.

First what waits for a second sign, of the kind of which there is most; then deployments; then signals of incidents that
are over. Of these the older ones of the service that has the most go first, so that who is loud costs nobody a sign.
Then, of the incident with the most conditions, those that are longest silent: they are counted to the nearest others.
"""

from collections import defaultdict
from collections.abc import Iterable

from inframind.incidents.board import Board, Condition
from inframind.incidents.correlation.fairness import given_up

CONDITIONS = 1_500  # on the board: a round over so many takes a tenth of a second
BYTES = 300_000  # of the board at rest; an item holds 400 KB


def fitted(board: Board) -> Board:
    """The board within its size; the very same if it is. One condition of each open incident always stays."""
    while len(board.conditions) > CONDITIONS or len(board.to_bytes()) > BYTES:
        smaller = _smaller(board)
        if smaller is board:
            return board
        board = smaller
    return board


def _smaller(board: Board) -> Board:
    if waiting := _most((one.kind, one) for one in board.conditions.values() if one.incident is None):
        return _without(board, _half(waiting))
    if board.deployments:
        gone = given_up(list(board.deployments.values()), lambda one: one.service)[: (len(board.deployments) + 1) // 2]
        names = {one.fingerprint for one in gone}
        kept = {name: one for name, one in board.deployments.items() if name not in names}
        return board.model_copy(update={"deployments": kept})
    if over := [one for one in board.conditions.values() if one.incident not in board.open]:
        return _without(board, _half(over))
    largest = _most((one.incident or "", one) for one in board.conditions.values())
    return _summarised(board, largest) if len(largest) > 1 else board


def _most(named: Iterable[tuple[str, Condition]]) -> list[Condition]:
    """The conditions under the name that has the most of them."""
    found: dict[str, list[Condition]] = defaultdict(list)
    for name, one in named:
        found[name].append(one)
    return max(found.items(), key=lambda item: (len(item[1]), item[0]), default=("", []))[1]


def _half(conditions: list[Condition]) -> list[Condition]:
    ordered = sorted(conditions, key=lambda one: (one.received_ms, one.fingerprint))
    return given_up(ordered, lambda one: one.service)[: (len(ordered) + 1) // 2]


def _without(board: Board, gone: Iterable[Condition]) -> Board:
    names = {one.fingerprint for one in gone}
    kept = {name: one for name, one in board.conditions.items() if name not in names}
    return board.model_copy(update={"conditions": kept})


def _summarised(board: Board, conditions: list[Condition]) -> Board:
    """The incident's longest silent half counted to the condition beside it."""
    ordered = sorted(conditions, key=lambda one: (one.last_ms or 0, one.fingerprint))
    half = len(ordered) // 2
    gone, heir = ordered[:half], ordered[half]
    firsts = [one.first_ms for one in (*gone, heir) if one.first_ms is not None]
    news = {"count": heir.count + sum(one.count for one in gone), "first_ms": min(firsts, default=None)}
    after = _without(board, gone)
    return after.model_copy(update={"conditions": after.conditions | {heir.fingerprint: heir.model_copy(update=news)}})
