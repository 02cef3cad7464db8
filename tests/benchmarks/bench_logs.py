"""Mining of log lines: how many a core groups in a second, beside drain3 as it comes; and how well they are grouped.

Speed: 100,000 invented lines of forty templates, packed as the door packs them, learnt by one shard, its state saved
once. Grouping accuracy (Zhu et al., ICSE 2019) is measured where LOGHUB names a folder with Loghub's sixteen
`*_2k.log_structured.csv`: the share of lines that stand in a group with exactly the lines they belong with. What was
measured on stand-ins of these sets is in `docs/logs.md`.
"""

import csv
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

from inframind.adapters.ingestion.drain3_clusters import Drain3Clusters
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.packing import packed, unpack
from inframind.ingestion.logs.shard import Shard
from inframind.ingestion.logs.templates import Catalogue
from tests.benchmarks.table import Row

LINES = 100_000
START_MS = 1_768_132_800_000
SETS, SET_LINES = 16, 2_000
WORDS = ("order", "payment", "session", "cache", "queue", "user", "job", "index", "token", "replica")
SHAPES = (
    "{0} {n} of customer {n} was accepted after {n} ms",
    "cannot reach {0} at 10.0.{b}.{b}:{n}: connection refused",
    "GET /api/v1/{0}/{n}?page={b} HTTP/1.1 status=200 bytes={n} took={f}s",
    "{0} 7f3a{n:x}c1 moved from shard {b} to shard {b} ({f} MB)",
)


def run() -> list[Row]:
    """Twenty seconds, and as much again for Loghub."""
    lines = invented(LINES)
    ours, theirs = ours_per_second(lines), stock_per_second(lines)
    rows = [Row("lines mined, state saved (theirs: drain3 alone)", ours, theirs, ours / theirs, "reported", "lines/s")]
    return rows + accuracies()


def invented(number: int) -> list[LogLine]:
    """Lines that differ in their numbers, addresses and ids; always the same ones."""
    chance = random.Random(11)
    made = []
    for place in range(number):
        values = {"n": chance.randrange(10**6), "b": chance.randrange(256), "f": round(chance.random() * 9, 3)}
        message = chance.choice(SHAPES).format(chance.choice(WORDS), **values)
        made.append(LogLine(START_MS + place, "INFO", f"service-{place % 20}", message))
    return made


def ours_per_second(lines: Sequence[LogLine]) -> float:
    """From packages to a saved state."""
    packages = [(data, unpack(data)) for data in packed(lines, 1)]
    begun = time.process_time()
    shard = Shard(Drain3Clusters)
    for package in packages:
        shard.learn([package], START_MS)
    shard.to_bytes()
    return len(lines) / (time.process_time() - begun)


def stock_per_second(lines: Sequence[LogLine]) -> float:
    """drain3 with its defaults, grouping alone."""
    miner = TemplateMiner(config=TemplateMinerConfig())
    begun = time.process_time()
    for line in lines:
        miner.add_log_message(line.message)
    return len(lines) / (time.process_time() - begun)


def accuracies() -> list[Row]:
    """The mean over the sets, and each of them; nothing without LOGHUB."""
    folder = os.environ.get("LOGHUB")
    files = sorted(Path(folder).rglob("*_2k.log_structured.csv")) if folder else []
    found = [(file.name.partition("_2k")[0], *accuracy_of(file)) for file in files]
    if not found:
        sys.stdout.write("LOGHUB names no folder with Loghub's sets: grouping accuracy was not measured\n")
        return []
    whole = sum(lines == SET_LINES for _, _, _, lines in found)
    ours, theirs = statistics.fmean(one for _, one, _, _ in found), statistics.fmean(one for _, _, one, _ in found)
    goal = ">= 0.85" if whole == len(found) == SETS else f"{whole} of {SETS} sets have {SET_LINES:,} lines"
    mean = Row("grouping accuracy, mean (theirs: drain3 alone)", ours, theirs, ours / theirs, goal, "share of lines")
    each = [Row(f"grouping accuracy, {name}", one, two, one / two, "reported", "share") for name, one, two, _ in found]
    return [mean, *each]


def accuracy_of(file: Path) -> tuple[float, float, int]:
    """Ours and drain3's on one set, and how many lines it has."""
    with file.open(encoding="utf-8", errors="replace", newline="") as opened:
        rows = [(row["Content"], row["EventId"]) for row in csv.DictReader(opened)]
    truth = [event for _, event in rows]
    catalogue, stock = Catalogue(Drain3Clusters()), TemplateMiner(config=TemplateMinerConfig())
    place = count()
    ours: Callable[[str], str] = lambda text: catalogue.place(LogLine(next(place), "INFO", "loghub", text))[0].id  # noqa: E731
    return (
        grouping_accuracy(truth, [ours(content) for content, _ in rows]),
        grouping_accuracy(truth, [str(stock.add_log_message(content)["cluster_id"]) for content, _ in rows]),
        len(rows),
    )


def grouping_accuracy(truth: Sequence[str], found: Sequence[str]) -> float:
    """The share of lines whose group is exactly the group they belong to.

    >>> grouping_accuracy(["a", "a", "b", "b"], ["1", "1", "2", "3"])
    0.5
    """
    groups = {name: frozenset(places) for name, places in _places(truth).items()}
    right = sum(len(places) for places in _places(found).values() if frozenset(places) == groups[truth[places[0]]])
    return right / len(truth)


def _places(names: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        places[name].append(place)
    return places
