"""The lines that a person reads in the log of a build, before it and after it."""

from typing import Any

from inframind.ci.reports import Outcome
from inframind.ci.suggesting import Advice

ENDS = {"success": "succeeded", "failed": "failed", "out_of_memory": "ran out of memory", "timed_out": "took too long"}


def advised(found: Advice) -> str:
    """What the build runs with, and why.

    >>> from inframind.ci.suggesting import Configuration
    >>> advised(Advice(Configuration(4, 4, 16, 5), "no suggestion: no answer in 5 s"))
    '4 jobs, 4 cores, 16 GB memory, 5 GB cache: no suggestion: no answer in 5 s'

    A default leaves a cache that the build has as it is, and says nothing of it.

    >>> advised(Advice(Configuration(4, 4, 16), "the default stays", is_default=True))
    '4 jobs, 4 cores, 16 GB memory: the default stays'
    """
    chosen, answer = found.configuration, found.answer or {}
    jobs = "1 job" if chosen.concurrency == 1 else f"{chosen.concurrency} jobs"
    cores = "1 core" if chosen.cpus == 1 else f"{chosen.cpus:g} cores"
    cache = f", {chosen.cache_gb:g} GB cache" if chosen.cache_gb else "" if found.is_default else ", no cache"
    expected = _expected(answer.get("duration_s"))
    return f"{jobs}, {cores}, {round(chosen.memory_gb, 1):g} GB memory{cache}{expected}: {found.reason}"


def measured(step: str, figures: dict[str, Any]) -> str:
    """How a step ended and what it took.

    >>> figures = {"outcome": "success", "duration_s": 71.04, "mean_cores": 3.61, "max_rss_gb": 2.114, "cache_hits": 9}
    >>> measured("make", figures | {"cache_misses": 1})
    'make succeeded in 71.0 s: 3.6 cores busy, 2.11 GB memory at most, 9 of 10 compilations from the cache'
    """
    parts = []
    if "mean_cores" in figures:
        parts.append(f"{figures['mean_cores']:.1f} cores busy")
        parts.append(f"{figures['max_rss_gb']:.2f} GB memory at most")
    compilations = figures.get("cache_hits", 0) + figures.get("cache_misses", 0)
    if compilations:
        parts.append(f"{figures['cache_hits']} of {compilations} compilations from the cache")
    end = f"{step} {ENDS[figures['outcome']]} in {figures['duration_s']:.1f} s"
    return f"{end}: {', '.join(parts)}" if parts else end


def troubles(outcome: Outcome) -> list[str]:
    """What a person should know of the delivery; nothing where all went well."""
    lines = [f"the platform refused an event: {outcome.refused}"] if outcome.refused else []
    why = f" ({outcome.trouble})" if outcome.trouble else ""
    if outcome.waiting:
        lines.append(f"{_events(outcome.waiting)} not delivered{why}, and kept on disk for the next build")
    if outcome.lost:
        lines.append(f"{_events(outcome.lost)} lost{why}: there is no place on disk to keep what is not delivered")
    return lines


def _events(count: int) -> str:
    return "1 event is" if count == 1 else f"{count} events are"


def _expected(estimate: Any) -> str:
    try:
        mean, low, high = (float(estimate[name]) for name in ("mean", "low", "high"))
    except (TypeError, KeyError, ValueError):
        return ""
    digits = 0 if mean >= 10 else 1
    return f", about {mean:.{digits}f} s ({low:.{digits}f} to {high:.{digits}f})"
