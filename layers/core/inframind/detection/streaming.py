"""One series, one value at a time: the shipped detector for anyone's own loop."""

import numpy as np

from inframind.detection.bank.bank import Bank
from inframind.detection.model.scalar import time_step
from inframind.detection.model.scalar.clock import Clock, Timed, placed
from inframind.detection.model.scalar.scalars import Scalars
from inframind.detection.model.time_step import LARGEST

KEY = b"series"
FAREST_S = 2.5e11  # seconds from 1970: the years 1 to 9999 and more lie inside


class Detector:
    """The bank's detector over a single series, whose whole state is `to_bytes()`.

    What the bank does to an array of one, plain numbers do in a fraction of the time, to the same bits; the bank is
    asked where a value is missing, or the series is new.
    """

    def __init__(self, bank: Bank, economy: bool) -> None:
        self._bank = bank
        self._economy = economy
        self._rows = bank.rows([KEY])
        self._scalars: Scalars | None = None

    def update(self, epoch_seconds: float | None, value: float | None) -> float:
        """Score of the next value; None, NaN, infinities and what lies beyond 1e30 are missing samples and score 0.

        Any number will do, numpy's too. Values are taken in the order they come: one whose time is not later than the
        last one's, or is no time (None, NaN, beyond 250 billion seconds), counts as the next millisecond after it. A
        clock that was far ahead for up to eight values, and is back, is believed again.
        Raises TypeError or ValueError, and learns nothing, for what is no number at all.
        """
        epoch_s, x = _number(epoch_seconds), _number(value)
        time_ms = placed(self._clock(), round(epoch_s * 1000) if abs(epoch_s) <= FAREST_S else None)
        if not abs(x) <= LARGEST:
            return self._by_bank(time_ms, x)
        if self._scalars is None:
            self._scalars = self._as_scalars()
        if self._scalars.n < time_step.LEAST_HISTORY:
            return self._by_bank(time_ms, x)
        score, raw = time_step.step(self._scalars, time_ms, x)
        return score if self._economy else raw

    def to_bytes(self) -> bytes:
        """The state, to go on from later with `detector(state)`."""
        self._settle()
        return self._bank.to_bytes()

    def _clock(self) -> Timed:
        if self._scalars is not None:
            return self._scalars
        state = self._bank.gather(self._rows)
        return Clock(*(state[name].tolist()[0] for name in Clock.__slots__))

    def _by_bank(self, time_ms: int, x: float) -> float:
        self._settle()
        verdicts = self._bank.update(self._rows, np.array([time_ms]), np.array([[x]]))
        return float((verdicts.score if self._economy else verdicts.raw)[0, 0])

    def _as_scalars(self) -> Scalars:
        return Scalars(self._bank.gather(self._rows), int(self._rows[0]))

    def _settle(self) -> None:
        """Give the bank what the numbers have learnt."""
        if self._scalars is not None:
            self._bank.scatter(self._scalars.state())
            self._scalars = None


def detector(state: bytes | None = None, economy: bool = True) -> Detector:
    """A detector that goes on from `state`, or knows nothing yet.

    With `economy` its score is the alert's: 1.0 and above opens an anomaly, quiet while one goes on. Without, it is the
    continuous score of each value, for ranking. Raises `BankCorrupt` on bytes that are not a state.

    >>> watch = detector()
    >>> quiet = [watch.update(60.0 * i, 10.0 + i % 3) for i in range(200)]
    >>> max(quiet) < 1.0 <= watch.update(12_000.0, 90.0)
    True
    """
    return Detector(Bank.empty() if state is None else Bank.from_bytes(state), economy)


def _number(given: float | None) -> float:
    if type(given) is float:
        return given
    if isinstance(given, np.datetime64 | np.timedelta64):  # of nanoseconds, numpy would make a number of it
        raise TypeError("a number of seconds is wanted, not a datetime64")
    try:
        return float("nan") if given is None else float(given)
    except OverflowError:  # a whole number beyond all floats
        return float("inf")
