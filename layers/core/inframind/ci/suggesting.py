"""What a build should run with: asked of the platform within a few seconds, else what the host offers."""

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from inframind.ci.host import Host
from inframind.ci.platform import Refused, Unreachable

PATH = "/api/v1/optimize"
MOST_JOBS = 1024
PLACEHOLDER = re.compile(r"(?<!\$)\{(concurrency|cpus|memory_gb|cache_gb)\}")
NAME = re.compile(r"[\w.:/=+-]{1,200}", re.ASCII)  # it becomes a variable: a line of a file, a word of a shell


@dataclass(frozen=True, slots=True)
class Configuration:
    """Parallel jobs, cores, memory, and the size of the compiler cache (0: none)."""

    concurrency: int
    cpus: float
    memory_gb: float
    cache_gb: float = 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """A configuration, where it comes from, and the platform's answer as it was.

    `is_default`: nothing was learnt, so the build runs as it would without InfraMind.
    """

    configuration: Configuration
    reason: str
    is_default: bool = True
    suggestion_id: str = ""
    answer: dict[str, Any] | None = None


def defaults(host: Host, reason: str, cache_gb: float = 0.0) -> Advice:
    """A job for each core that may be used."""
    return Advice(Configuration(max(1, int(host.cpus)), host.cpus, host.memory_gb, cache_gb), reason)


def advice(ask: Callable[[], Any], fallback: Advice, within_s: float) -> Advice:
    """The platform's suggestion if it comes in time and makes sense; else the fallback, with the reason why."""
    answers: list[Any] = []
    troubles: list[str] = []

    def asking() -> None:
        try:
            answers.append(ask())
        except (Unreachable, Refused) as trouble:
            troubles.append(str(trouble))

    asker = threading.Thread(target=asking, daemon=True)
    asker.start()
    asker.join(within_s)
    if answers:
        return read(answers[0], fallback)
    return replace(fallback, reason=f"no suggestion: {troubles[0] if troubles else f'no answer in {within_s:g} s'}")


def read(answer: Any, fallback: Advice) -> Advice:
    """A suggestion out of an answer; the fallback where a number is missing or impossible.

    >>> host = defaults(Host(4, 16), "no answer")
    >>> read({"id": "s1", "configuration": {"concurrency": 3, "cpus": 4, "memory_gb": 8}}, host).configuration
    Configuration(concurrency=3, cpus=4.0, memory_gb=8.0, cache_gb=0.0)
    >>> read({"configuration": {"concurrency": 0}}, host).reason
    'no suggestion: the answer has no configuration that makes sense'
    """
    try:
        found = answer["configuration"]
        names = ("cpus", "memory_gb", "cache_gb")
        cpus, memory_gb, cache_gb = (float(found.get(name) or 0) for name in names)
        configuration = Configuration(_jobs(found["concurrency"]), cpus, memory_gb, cache_gb)
        sensible = cpus > 0 and memory_gb > 0 and cache_gb >= 0 and math.isfinite(cpus + memory_gb + cache_gb)
        if not sensible:
            raise ValueError(found)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return replace(fallback, reason="no suggestion: the answer has no configuration that makes sense")
    reason, name = str(answer.get("reason") or "suggested"), str(answer.get("id") or "")
    name = name if NAME.fullmatch(name) else ""
    return Advice(configuration, reason, bool(answer.get("is_default")), name, answer)


def variables(found: Advice, run_id: str, makeflags: str = "") -> dict[str, str]:
    """The environment variables that carry an advice to a build, and to the tools that know their own.

    A cache is switched off only by a suggestion that has learnt something, never by a default.
    """
    chosen = found.configuration
    texts = {f"INFRAMIND_{name.upper()}": f"{value:g}" for name, value in asdict(chosen).items()}
    jobs = str(chosen.concurrency)
    texts |= {"MAKEFLAGS": _makeflags(makeflags, jobs), "CMAKE_BUILD_PARALLEL_LEVEL": jobs, "CARGO_BUILD_JOBS": jobs}
    if found.suggestion_id:
        texts["INFRAMIND_SUGGESTION_ID"] = found.suggestion_id
    if run_id:
        texts["INFRAMIND_RUN_ID"] = run_id
    if chosen.cache_gb > 0:
        texts["CCACHE_MAXSIZE"] = f"{chosen.cache_gb:g}G"
    elif not found.is_default:
        texts["CCACHE_DISABLE"] = "1"
    return texts


def filled(word: str, chosen: Configuration) -> str:
    """A word with `{concurrency}`, `{cpus}`, `{memory_gb}` and `{cache_gb}` replaced; `${cpus}` is a shell's.

    >>> filled("make -j{concurrency} CPUS=${cpus}", Configuration(3, 4, 8))
    'make -j3 CPUS=${cpus}'
    """
    values = {name: f"{value:g}" for name, value in asdict(chosen).items()}
    return PLACEHOLDER.sub(lambda found: values[found[1]], word)


def ran_with(environment: Mapping[str, str]) -> Configuration | None:
    """What a build runs with that an earlier step has applied an advice to: a host that was there stays as it is."""
    chosen = applied(environment)
    try:
        offered = [float(environment[f"INFRAMIND_HOST_{name}"]) for name in ("CPUS", "MEMORY_GB")]
    except (KeyError, ValueError):
        return chosen
    return replace(chosen, cpus=offered[0], memory_gb=offered[1]) if chosen else None


def applied(environment: Mapping[str, str]) -> Configuration | None:
    """The configuration that an earlier step of this build has put into the environment."""
    try:
        numbers = {name: float(environment[f"INFRAMIND_{name.upper()}"]) for name in ("cpus", "memory_gb", "cache_gb")}
        return Configuration(int(environment["INFRAMIND_CONCURRENCY"]), **numbers)
    except (KeyError, ValueError):
        return None


def _jobs(value: Any) -> int:
    jobs = int(value)
    if jobs != value or not 1 <= jobs <= MOST_JOBS:
        raise ValueError(value)
    return jobs


def _makeflags(given: str, jobs: str) -> str:
    """Make's flags with another number of jobs; one make's own jobserver is left to it.

    A first word without a dash is a bundle of single letters, which must stay first.

    >>> _makeflags("k -j8 --output-sync", "3")
    'k --output-sync -j3'
    """
    if "--jobserver" in given:
        return given
    words = given.split(" -- ")[0].split()
    return " ".join([*(word for word in words if not _tells_jobs(word)), f"-j{jobs}"])


def _tells_jobs(word: str) -> bool:
    return word.startswith("--jobs") or (word.startswith("-j") and (word[2:].isdigit() or word == "-j"))
