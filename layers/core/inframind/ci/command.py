"""CI builds: what to run them with, and what they took."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from inframind.ci import asking, events, jobs, running, suggesting, telling
from inframind.ci.cgroup import own_cgroup
from inframind.ci.host import host
from inframind.ci.spool import Event
from inframind.ci.suggesting import Advice
from inframind.ci.surroundings import Surroundings, new_run_id, surroundings
from inframind.ci.wrapping import Build, Wish, deliver

OUTCOMES = ("success", "failed", "out_of_memory", "timed_out")
FORMS = ("json", "env", "shell")
FOREVER_S = 1e9


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Run a build, measure it, report it; the exit code is the build's."""
    command = tuple(arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words)
    if not command:
        say("nothing to run: inframind ci run -- make")
        return 2
    if not running.can_watch():
        return _unwatched(command, environment)
    running.prepare()
    here = _here(arguments, environment)
    if not here.url:
        say("INFRAMIND_URL is not set: the build is not reported")
    ask = asking.asker(here, arguments) if arguments.apply else None
    wish = Wish(
        command=command,
        tool=arguments.tool or jobs.tool_of(command),
        step=arguments.step or arguments.tool or jobs.tool_of(command),
        ask=ask,
        concurrency=arguments.concurrency,
        every_s=arguments.every,
        timeout_s=arguments.timeout or FOREVER_S,
    )
    return Build(here, environment, _hush if arguments.quiet else say).run(wish)


def optimize(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Print what the next build should run with; the defaults when nobody answers, so that it never fails a build."""
    here, offered = _here(arguments, environment), host(own_cgroup())
    ask = asking.asker(here, arguments)
    fallback = suggesting.defaults(offered, "a job for each core")
    found = suggesting.advice(lambda: ask(arguments.tool, offered), fallback, here.timeout_s)
    say(telling.advised(found))
    run_id = here.run_id if arguments.format != "json" else ""
    variables = suggesting.variables(found, run_id, environment.get("MAKEFLAGS", ""))
    if arguments.objective == "time":  # else the machine is still to be chosen, by what is suggested
        variables |= {f"INFRAMIND_HOST_{name.upper()}": f"{value:g}" for name, value in asdict(offered).items()}
    _print(arguments.format, _answer(found), variables)
    return 0


def start(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Report that a build starts, and print the name of its run."""
    here, now_s = _here(arguments, environment), time.time()
    run_id = here.run_id or new_run_id(here.host)
    _report(here, events.started(here, run_id, now_s, arguments.tool, host(own_cgroup())))
    known = {"INFRAMIND_RUN_ID": run_id, "INFRAMIND_STARTED_AT": f"{now_s:.3f}", "INFRAMIND_PIPELINE": here.pipeline}
    if arguments.format == "id":
        print(run_id)
    else:
        _print(arguments.format, known, known)
    return 0


def step(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Report a step that has ended."""
    here = _here(arguments, environment)
    ended = {"outcome": arguments.outcome, "duration_s": arguments.duration}
    at_s = time.time() - arguments.duration
    return _reported(here, lambda: events.stepped(here, here.run_id, arguments.name, at_s, ended))


def complete(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Report that a build has ended."""
    here = _here(arguments, environment)
    now_s = time.time()
    ended: dict[str, Any] = {"outcome": arguments.outcome, "finished_at": events.rfc3339(now_s)}
    if here.started_at.replace(".", "", 1).isdigit():
        begun_s = float(here.started_at)
        ended |= {"started_at": events.rfc3339(begun_s), "duration_s": round(max(0.0, now_s - begun_s), 3)}
    return _reported(here, lambda: events.completed(here, here.run_id, ended, suggesting.ran_with(environment)))


def say(line: str) -> None:
    """A line for the person who reads the log; one, whatever is in it: some CI systems take lines for commands."""
    readable = "".join(letter if letter.isprintable() else " " for letter in line)
    print(f"inframind: {readable}", file=sys.stderr, flush=True)


def _hush(_: str) -> None:
    return None


def _unwatched(command: Sequence[str], environment: Mapping[str, str]) -> int:
    say("builds are measured on Linux only: this one runs by itself")
    words = jobs.to_run(command, suggesting.defaults(host(None), "").configuration)
    return subprocess.run(words, env=dict(environment)).returncode


def _here(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Surroundings:
    """The surroundings, with what the command line says instead."""
    here = surroundings(environment)
    given = {"pipeline": arguments.pipeline, "run_id": arguments.run_id, "release": arguments.release or None}
    return replace(here, **{name: value for name, value in given.items() if value})


def _reported(here: Surroundings, event: Callable[[], Event]) -> int:
    if not here.run_id:
        say("INFRAMIND_RUN_ID is not set: nothing is reported")
    else:
        _report(here, event())
    return 0


def _report(here: Surroundings, event: Event) -> None:
    reports = deliver(here)
    if reports is None:
        say("INFRAMIND_URL is not set: nothing is reported")
        return
    reports.add(event)
    for line in telling.troubles(reports.finish(here.patience_s)):
        say(line)


def _answer(found: Advice) -> dict[str, Any]:
    """The platform's answer, or one of the same form that stands in for it."""
    own = {"configuration": asdict(found.configuration), "reason": found.reason, "is_default": found.is_default}
    return found.answer if found.answer and found.suggestion_id else own


def _print(form: str, answer: dict[str, Any], variables: Mapping[str, str]) -> None:
    if form == "json":
        print(json.dumps(answer, indent=2))
        return
    for name, value in variables.items():
        if not value.isprintable():
            continue  # it would not be one line
        print(f"{name}={value}" if form == "env" else f"export {name}='{_quoted(value)}'")


def _quoted(value: str) -> str:
    return value.replace("'", "'\\''")
