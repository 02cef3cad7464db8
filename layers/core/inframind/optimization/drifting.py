"""Whether the serving model has gone wrong: what builds took that followed its suggestions, against what it said."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from inframind.optimization.versions import Drift

LOOKED_AT = 40  # of the latest builds that followed a suggestion
LEAST = 12  # of them before anything is said
FAR = 1.5  # times the error on the hold-out
SURE = 2.0  # standard errors that the excess must be away from it
LEAST_ERROR = 0.08  # builds vary by that much anyway: a model that is better than this drifts not at all
BACK = 1.2  # times the expected error, at which it is well again: it does not flicker


@dataclass(frozen=True, slots=True)
class Followed:
    """A finished build that ran with what was suggested: seconds expected, seconds measured."""

    expected_s: float
    measured_s: float


def drift(followed: Sequence[Followed], held_out_error: float, before: Drift | None = None) -> Drift | None:
    """How far off the model is on the latest builds, oldest first; None while they are too few.

    It drifts once the mean of |log(measured / expected)| is half as large again as on the hold-out, surely; and no
    longer when it has come back to a fifth above it.

    >>> bad = drift([Followed(100, 200), Followed(100, 190)] * 10, held_out_error=0.1)
    >>> bad.is_drifting, bad.explanation
    (True, 'off by 95 % on the last 20 builds, 11 % on the hold-out: builds take longer than expected')
    """
    off = [math.log(one.measured_s / one.expected_s) for one in followed[-LOOKED_AT:] if _usable(one)]
    if len(off) < LEAST:
        return None
    errors = [abs(each) for each in off]
    error, expected = fmean(errors), max(held_out_error, LEAST_ERROR)
    surely = error - SURE * stdev(errors) / math.sqrt(len(errors)) > expected
    was = before is not None and before.is_drifting
    drifts = (error > BACK * expected) if was else (error > FAR * expected and surely)
    lean = fmean(off)
    side = "longer" if lean > 0 else "less time"
    tail = f": builds take {side} than expected" if abs(lean) > error / 2 else ""
    words = f"off by {_percent(error)} on the last {len(off)} builds, {_percent(expected)} on the hold-out{tail}"
    return Drift(builds=len(off), error=error, expected=expected, is_drifting=drifts, explanation=words)


def _usable(one: Followed) -> bool:
    return all(0 < value < math.inf for value in (one.expected_s, one.measured_s))


def _percent(error: float) -> str:
    return f"{math.expm1(min(error, 50.0)):.0%}".replace("%", " %")
