"""One series, one value at a time: the shipped detector for anyone's own loop."""

import numpy as np

from inframind.detection.bank import Bank

KEY = b"series"


class Detector:
    """The bank's detector over a single series, whose whole state is `to_bytes()`."""

    def __init__(self, bank: Bank, economy: bool) -> None:
        self._bank = bank
        self._economy = economy
        self._rows = bank.rows([KEY])
        self._newest_ms = int(bank.newest_ms()[0])

    def update(self, epoch_seconds: float, value: float) -> float:
        """Score of the next value; NaN and infinity are missing samples and score 0.

        Values are taken in the order they come: one whose time is not later than the last one's counts as the next
        millisecond after it.
        """
        self._newest_ms = max(round(epoch_seconds * 1000), self._newest_ms + 1)
        verdicts = self._bank.update(self._rows, np.array([self._newest_ms]), np.array([[value]], np.float64))
        return float((verdicts.score if self._economy else verdicts.raw)[0, 0])

    def to_bytes(self) -> bytes:
        """The state, to go on from later with `detector(state)`."""
        return self._bank.to_bytes()


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
