"""What it takes to keep many incidents open: the correlator on stores in memory, CPU time alone.

PYTHONPATH=layers/core:. .venv/dev/bin/python -m tests.benchmarks.open_incidents 1500 5000 20000
"""

import contextlib
import io
import json
import random
import sys
from collections.abc import Callable
from time import process_time

import pytest

from inframind.incidents.correlation.admission import MOST_OPENED
from inframind.incidents.correlation.cold_storage import COLD_SHARDS
from inframind.settings import settings
from inframind.signals import Signal
from tests.contracts.signals import signal
from tests.functions.incidents.test_correlator_calls import REGROUP, learn
from tests.functions.incidents.world import World, body

A_MESSAGE, A_BATCH = 25, 20  # signals and messages, as SignalsQueue delivers them


def permanent(count: int) -> list[Signal]:
    """Alerts of as many services, which began at some time in two days and never end; from senders within limits."""
    chance = random.Random(7)
    return [
        signal(
            f"{chance.getrandbits(64):016x}",
            service=f"{chance.choice(['checkout', 'billing', 'search', 'web', 'auth'])}-{number}",
            minute=-chance.randrange(2 * 1440),
            kind="alert",
            severity=chance.choice(["low", "medium", "high", "critical"]),
            evidence={"sender": f"key {number // MOST_OPENED}"},
        )
        for number in range(count)
    ]


def cpu_s(work: Callable[[], object]) -> float:
    """Seconds of CPU that the work takes."""
    begun = process_time()
    work()
    return process_time() - begun


def measured(world: World, count: int) -> str:
    """One row of the table."""
    many = permanent(count)
    bodies = [body(many[start : start + A_MESSAGE]) for start in range(0, count, A_MESSAGE)]

    def deliver() -> None:
        for start in range(0, len(bodies), A_BATCH):
            world.deliver(*bodies[start : start + A_BATCH])

    opened = cpu_s(deliver)
    down = signal("down", service="shop", kind="alert", severity="critical", minute=1)
    new = cpu_s(lambda: world.send(down))
    joined = cpu_s(lambda: world.send(signal("latency", service="shop", minute=2)))
    again = cpu_s(deliver)
    world.now_ms += 61_000
    looked = cpu_s(lambda: world.deliver(json.dumps({"look": world.board().look_ms})))
    board, stored = world.board(), world.incidents.board().data or b""
    (shop,) = (one for one in world.kept() if one.services == ("shop",))
    assert (shop.signal_count, board.away + len(board.open)) == (2, count + 1)
    known = cpu_s(lambda: grouped_anew(world, many))
    shards = [len(one) for one in world.incidents.cold_shards(range(COLD_SHARDS)).values()]
    return (
        f"| {count:,} | {1e3 * opened / count:.1f} ms | {1e3 * new:.0f} ms | {1e3 * joined:.0f} ms "
        f"| {1e3 * again / count:.1f} ms | {1e3 * looked:.0f} ms | {1e3 * known:.0f} ms | {len(board.conditions)} "
        f"| {len(stored) / 1e3:.0f} KB | {max(shards, default=0) / 1e3:.1f} KB |"
    )


def grouped_anew(world: World, many: list[Signal]) -> None:
    """A call is learnt that joins the first two of them that overlap."""
    one = many[0]
    other = next(each for each in many[1:] if abs((each.observed_at - one.observed_at).total_seconds()) < 600)
    learn(world, (one.service, other.service))
    world.deliver(REGROUP)
    assert world.board().calls == 1


def main(counts: list[int]) -> None:
    """Prints the table."""
    names = (
        "open",
        "each opened",
        "a new one",
        "its next",
        "each again",
        "a look",
        "a new call",
        "on the board",
        "board",
        "cold shard",
    )
    print(f"| {' | '.join(names)} |\n{'|---' * len(names)}|")
    for count in counts:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
            patch.setenv("AWS_REGION", "us-east-1")
            settings.cache_clear()
            row = measured(World(patch), count)
        print(row, flush=True)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [1_500, 5_000, 20_000])
