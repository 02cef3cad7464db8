"""What a replay found, as a table: alarms, ranking, and the benchmark's score."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.backtest.labels import Truth
from inframind.backtest.measures import Alarms, alarms, average_precision
from inframind.backtest.nab import PROFILES, Tally, tally
from inframind.backtest.recordings import Recording
from inframind.backtest.replay import Scores
from inframind.backtest.volume import volume

THRESHOLD = 1.0  # the one that ships: at and above it, a score is an anomaly
COLUMNS = ("rows", "incidents", "found", "alarms", "precision", "recall", "lead rows", "AUC-PR", "VUS-PR", *PROFILES)


@dataclass(frozen=True, slots=True)
class Result:
    """What the detector made of one recording."""

    name: str
    category: str
    rows: int
    alarms: Alarms
    tally: Tally
    average_precision: float
    volume: float
    labels: NDArray[np.bool_]
    continuous: NDArray[np.float64]


def judge(recording: Recording, truth: Truth, scores: Scores) -> Result:
    """One recording's result: alarms from the first row judged, the benchmark's tally behind its probation."""
    start = recording.judged_from
    labels, ranked = truth.rows[start:], scores.continuous[start:]
    detected = scores.alert >= THRESHOLD
    return Result(
        name=recording.name,
        category=recording.category,
        rows=len(labels),
        alarms=alarms(detected[start:], labels),
        tally=tally(detected, truth.windows),
        average_precision=average_precision(labels, ranked),
        volume=volume(labels, ranked),
        labels=labels,
        continuous=ranked,
    )


def table(results: Sequence[Result]) -> str:
    """A line for each recording, each category and the whole, as Markdown.

    AUC-PR and VUS-PR are by rows of the continuous score, everything else from the alert score at the shipped
    threshold; on the lines of several recordings they are means over those that have labelled rows.
    """
    groups = [(r.name, [r]) for r in results]
    categories = sorted({r.category for r in results})
    if len(categories) > 1:
        groups += [(f"**{c}**", [r for r in results if r.category == c]) for c in categories]
    groups.append(("**all**", list(results)))
    lines = [f"| series | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    lines += [f"| {title} | {' | '.join(_cells(group))} |" for title, group in groups]
    return "\n".join(lines)


def pooled(results: Sequence[Result]) -> float:
    """AUC-PR over the rows of all recordings in one ranking: whether one threshold serves all."""
    labels = np.concatenate([r.labels for r in results])
    return average_precision(labels, np.concatenate([r.continuous for r in results]))


def _cells(group: Sequence[Result]) -> Iterable[str]:
    found, score = sum((r.alarms for r in group), Alarms()), sum((r.tally for r in group), Tally())
    known = [(r.average_precision, r.volume) for r in group if r.labels.any()]
    yield from map(str, (sum(r.rows for r in group), found.incidents, found.found, found.alarms))
    yield from map(_figure, (found.precision, found.recall))
    yield _figure(found.lead, 0)
    yield from (_figure(float(np.mean(each))) for each in zip(*known, strict=True)) if known else ("-", "-")
    yield from (_figure(score.score(profile), 1) for profile in PROFILES.values())


def _figure(value: float, digits: int = 3) -> str:
    return "-" if value != value else f"{value:.{digits}f}"
