"""`inframind ci run`: a build with someone beside it, who measures it and tells of it."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inframind.ci import caches, events, jobs, running, suggesting, telling
from inframind.ci.cgroup import own_cgroup
from inframind.ci.host import GIGABYTE, Host, host
from inframind.ci.measuring import Meter
from inframind.ci.platform import Platform
from inframind.ci.reports import Reports
from inframind.ci.spool import Event, Spool
from inframind.ci.suggesting import Advice, Configuration
from inframind.ci.surroundings import Surroundings, new_run_id

GIVEN_UP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
Say = Callable[[str], None]
Ask = Callable[[str, Host], Any]
"""The platform's answer for a tool on a host."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a run on the command line; `ask` None: nothing is suggested, the build runs as it is."""

    command: tuple[str, ...]
    tool: str
    step: str
    ask: Ask | None = None
    concurrency: int | None = None
    every_s: float = 0.5
    timeout_s: float = float(10**9)


class Build:
    """One run of one command, from the question what it should run with until the last event is delivered."""

    def __init__(self, here: Surroundings, environment: Mapping[str, str], say: Say) -> None:
        self._here, self._environment, self._say = here, dict(environment), say
        self._cgroup = own_cgroup()
        self._offered = host(self._cgroup)
        self._is_own = not here.run_id  # else it is a step of a build that someone else starts and completes
        self._run_id = here.run_id or new_run_id(here.host)
        self._reports = deliver(here)

    def run(self, wish: Wish) -> int:
        """The exit code of the command."""
        found = self._advice(wish)
        self._environment["INFRAMIND_RUN_ID"] = self._run_id
        command = jobs.to_run(wish.command, found.configuration)
        given_up = signal.sigpending() & GIVEN_UP
        if given_up:
            return running.BY_SIGNAL + int(min(given_up))
        meter = Meter(self._cgroup, self._environment)
        self._announce(meter.started_s, wish.tool)
        ended = running.run(command, self._environment, meter.look, wish.every_s, wish.timeout_s)
        figures = meter.read(ended.exit_code, ended.timed_out, self._offered.memory_gb * GIGABYTE)
        if ended.trouble:
            self._say(ended.trouble)
        self._say(telling.measured(wish.step, figures))
        if found.configuration.cache_gb > 0 and not _compilations(figures):
            self._say(
                "nothing was compiled through ccache, so its size changes nothing (unless you read INFRAMIND_CACHE_GB)"
            )
        if not ended.interrupted:  # the platform closes what nobody completes
            self._conclude(wish, found.configuration, meter.started_s, figures)
        self._deliver_the_rest()
        return ended.exit_code

    def _advice(self, wish: Wish) -> Advice:
        """What to run with, and the environment changed accordingly."""
        found = suggesting.defaults(self._offered, "a job for each core")
        if wish.ask is None:
            known = suggesting.applied(self._environment)
            return replace(found, configuration=known) if known else found
        ask, tool = wish.ask, wish.tool
        found = suggesting.advice(lambda: ask(tool, self._offered), found, self._here.timeout_s)
        makeflags = self._environment.get("MAKEFLAGS", "")
        self._environment |= suggesting.variables(found, self._run_id, makeflags)
        if found.configuration.cache_gb > 0:
            self._environment.pop("CCACHE_DISABLE", None)
        self._here = replace(self._here, suggestion_id=found.suggestion_id)
        self._say(telling.advised(found))
        if jobs.is_deaf(wish.command, found.configuration, self._environment):
            self._say(f"{tool} is not told of these jobs: write -j{jobs.JOBS} into its command")
        return found

    def _announce(self, at_s: float, tool: str) -> None:
        if self._is_own and self._reports:
            self._reports.add(events.started(self._here, self._run_id, at_s, tool, self._offered))

    def _conclude(self, wish: Wish, chosen: Configuration, at_s: float, figures: dict[str, Any]) -> None:
        if self._reports is None:
            return
        self._reports.add(events.stepped(self._here, self._run_id, wish.step, at_s, figures))
        if self._is_own:
            ended = {name: figures[name] for name in ("outcome", "exit_code", "duration_s")}
            ended["started_at"] = events.rfc3339(at_s)
            self._reports.add(self._completion(ended, self._ran_with(wish, chosen, figures)))

    def _completion(self, ended: dict[str, Any], ran_with: Configuration | None) -> Event:
        return events.completed(self._here, self._run_id, ended, ran_with)

    def _ran_with(self, wish: Wish, chosen: Configuration, figures: dict[str, Any]) -> Configuration | None:
        """What the build really ran with, which may be other than what was suggested.

        A cache counts if it was used, and if it was suggested: the optimizer is to see that it brings nothing.
        """
        found = wish.concurrency or jobs.jobs_of(wish.command, chosen, self._environment)
        counts = chosen.cache_gb > 0 or _compilations(figures)
        cache_gb = caches.size_gb(self._environment) if counts else 0.0
        return Configuration(found, self._offered.cpus, self._offered.memory_gb, cache_gb) if found else None

    def _deliver_the_rest(self) -> None:
        if self._reports:
            for line in telling.troubles(self._reports.finish(self._here.patience_s)):
                self._say(line)


def _compilations(figures: Mapping[str, Any]) -> int:
    return int(figures.get("cache_hits", 0) + figures.get("cache_misses", 0))


def deliver(here: Surroundings) -> Reports | None:
    """What takes a build's events to the platform; None where no platform is named."""
    if not here.url:
        return None
    platform = Platform(here.url, here.key, here.timeout_s)

    def send(event: Event) -> None:
        platform.post(event.path, event.body)

    return Reports(send, Spool(here.spool, here.url))
