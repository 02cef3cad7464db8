"""What the compiler cache says of itself: ccache's counters and its size."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

HITS = {"direct_cache_hit", "preprocessed_cache_hit"}
MISSES = {"cache_miss"}
PATIENCE_S = 2.0
SIZE = re.compile(r"\s*([\d.]+)\s*([kKMGT]?)i?B?\s*")
UNITS_GB = {"k": 1e-6, "K": 1e-6, "M": 1e-3, "G": 1.0, "T": 1e3, "": 1.0}  # ccache takes a bare number for gigabytes


@dataclass(frozen=True, slots=True)
class Counts:
    """Compilations answered from the cache, and those that were not."""

    hits: int = 0
    misses: int = 0

    def since(self, before: "Counts") -> "Counts":
        """What came after `before`; a cache whose counters were reset counts from nothing."""
        if self.hits < before.hits or self.misses < before.misses:
            return self
        return Counts(self.hits - before.hits, self.misses - before.misses)


def counts(environment: Mapping[str, str]) -> Counts | None:
    """ccache's counters as a command with this environment would see them; None without ccache."""
    return read_counts(_asked(environment, "--print-stats"))


def read_counts(text: str) -> Counts | None:
    """The counters in the output of `ccache --print-stats`.

    >>> read_counts("cache_miss\\t2\\ndirect_cache_hit\\t5\\npreprocessed_cache_hit\\t1\\n")
    Counts(hits=6, misses=2)
    """
    pairs = [line.split("\t") for line in text.splitlines()]
    table = {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
    if not table.keys() & (HITS | MISSES):
        return None
    hits, misses = (sum(table.get(name, 0) for name in names) for names in (HITS, MISSES))
    return Counts(hits, misses)


def size_gb(environment: Mapping[str, str]) -> float:
    """How large the cache may grow in gigabytes; 0 where there is none or it is switched off."""
    if environment.get("CCACHE_DISABLE"):
        return 0.0
    return read_size(environment.get("CCACHE_MAXSIZE") or _asked(environment, "--get-config", "max_size"))


def read_size(text: str) -> float:
    """A size as ccache takes and tells it, in gigabytes; 0 for what is no size.

    >>> read_size("5.0 GB"), read_size("500M"), read_size("2"), read_size("much")
    (5.0, 0.5, 2.0, 0.0)
    """
    found = SIZE.fullmatch(text)
    return float(found[1]) * UNITS_GB[found[2]] if found else 0.0


def _asked(environment: Mapping[str, str], *words: str) -> str:
    program = shutil.which("ccache", path=environment.get("PATH"))
    if program is None:
        return ""
    try:
        command, given = [program, *words], dict(environment)
        return subprocess.run(command, env=given, capture_output=True, text=True, timeout=PATIENCE_S).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
