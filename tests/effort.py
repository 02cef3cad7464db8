"""How much work something is, in a unit for which a slow machine takes as much longer as for the work."""

from collections.abc import Callable
from time import process_time


def effort(work: Callable[[], object]) -> float:
    """The processor time of one go, as a number of empty loops of 100,000 turns (1 ms each where this was written)."""
    before, took, after = _seconds(_loop), _seconds(work), _seconds(_loop)
    return 2 * took / (before + after)


def least_effort(work: Callable[[], object]) -> float:
    """The best of three goes: what else the machine does is in each of them."""
    return min(effort(work) for _ in range(3))


def _loop() -> None:
    for _ in range(100_000):
        pass


def _seconds(work: Callable[[], object]) -> float:
    begun = process_time()
    work()
    return process_time() - begun
