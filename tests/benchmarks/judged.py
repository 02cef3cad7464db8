"""A case with a known cause, and what a ranking of it is worth."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from inframind.incidents.cause import Alarm, Window, rank_window
from inframind.incidents.cause.call_graph import Graph

Ranker = Callable[[Window, Window, Graph, Alarm], Sequence[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Case:
    """What a ranker is given, and the node to be named: none (empty) where nothing is wrong."""

    before: Window
    after: Window
    graph: Graph
    alarm: Alarm
    cause: str
    kind: str = ""
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Of the cases with a cause the share found first, and among three; of those without, the share left unnamed."""

    cases: int
    first: float
    third: float
    quiet: int = 0
    specificity: float = 1.0


def hit(ranking: Sequence[tuple[str, float]], cause: str, k: int) -> float:
    """1 where the cause is among the k best, a part of 1 where it shares the last of those places.

    >>> hit([("db", 0.8), ("web", 0.4), ("auth", 0.4)], "auth", 2)
    0.5
    """
    scores = dict(ranking)
    mine = scores.get(cause)
    if mine is None:
        return 0.0
    better, equal = (sum(score > mine for score in scores.values()), list(scores.values()).count(mine))
    return min(max((k - better) / equal, 0.0), 1.0)


def judge(cases: Iterable[Case], ranker: Ranker = rank_window) -> Score:
    """How well a ranker does on all of the cases together."""
    first, third, silent = [], [], []
    for case in cases:
        ranking = ranker(case.before, case.after, case.graph, case.alarm)
        if case.cause:
            first.append(hit(ranking, case.cause, 1))
            third.append(hit(ranking, case.cause, 3))
        else:
            silent.append(not ranking)
    return Score(len(first), _mean(first), _mean(third), len(silent), _mean(silent))


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 1.0
