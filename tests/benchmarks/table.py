"""One line of a benchmark's result, and the table it is printed in."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured: ours and theirs in `unit`, their ratio, and the goal in words."""

    what: str
    ours: float | None
    theirs: float | None
    ratio: float | None
    goal: str
    unit: str


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; what was not measured is a dash.

    >>> print(markdown([Row("scoring", 0.5, 25.0, 0.02, "<= 1/50", "us/sample")]).splitlines()[2])
    | scoring | us/sample | 0.5 | 25 | 0.02 | <= 1/50 |
    """
    lines = ["| what | unit | ours | theirs | ratio | goal |", "|---|---|---:|---:|---:|---|"]
    for row in rows:
        figures = " | ".join(_figure(value) for value in (row.ours, row.theirs, row.ratio))
        lines.append(f"| {row.what} | {row.unit} | {figures} | {row.goal} |")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
