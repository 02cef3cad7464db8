"""How many jobs a command will run at once, from its words and its environment; and what a command line becomes."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from inframind.ci.suggesting import PLACEHOLDER, Configuration, filled

OPTION = re.compile(r"(?:^|\s)(?:-j|--jobs[= ]|--parallel[= ])\s*(\d+)(?=\s|$)")
FOR_A_SHELL = set(" \t\n;&|<>$`()*?\"'")
JOBS = "{concurrency}"
DEAF = {"ninja", "ninja-build", "samurai"}  # they read the number of jobs from no variable


def tool_of(command: Sequence[str]) -> str:
    """The program that a command runs.

    >>> tool_of(["/usr/bin/make", "-j4"]), tool_of(["cmake --build . && ctest"])
    ('make', 'cmake')
    """
    return Path((command[0].split() or ["build"])[0]).name


def to_run(words: Sequence[str], chosen: Configuration) -> list[str]:
    """The command with its placeholders filled; a single word that only a shell can read is given to one.

    >>> to_run(["make -j{concurrency} && make check"], Configuration(3, 4, 8))
    ['/bin/sh', '-c', 'make -j3 && make check']
    """
    command = [filled(word, chosen) for word in words]
    is_line = len(command) == 1 and FOR_A_SHELL & set(command[0])
    return ["/bin/sh", "-c", command[0]] if is_line else command


def jobs_of(words: Sequence[str], chosen: Configuration, environment: Mapping[str, str]) -> int | None:
    """The jobs at once, by the last option that says so, else by the variables that the tool reads; None: not known.

    >>> jobs_of(["make", "-j8"], Configuration(3, 4, 8), {"MAKEFLAGS": "-j2"})
    8
    >>> jobs_of(["make"], Configuration(3, 4, 8), {"MAKEFLAGS": "-j2"}), jobs_of(["make"], Configuration(3, 4, 8), {})
    (2, 1)
    """
    told = _option(" ".join(to_run(words, chosen)))
    if told is None and is_told(words):
        return chosen.concurrency
    tool = tool_of(words)
    if told is not None or tool in DEAF:
        return told
    made = _option(environment.get("MAKEFLAGS", ""))
    if tool in {"make", "gmake"}:
        return made or 1
    others = (environment.get(name, "") for name in ("CMAKE_BUILD_PARALLEL_LEVEL", "INFRAMIND_CONCURRENCY"))
    return next((int(text) for text in others if text.isdigit()), made)


def is_deaf(words: Sequence[str], chosen: Configuration, environment: Mapping[str, str]) -> bool:
    """Whether the command will not run with the jobs that were chosen, although its environment says so."""
    return jobs_of(words, chosen, environment) not in (chosen.concurrency, None) or (
        tool_of(words) in DEAF and not is_told(words)
    )


def is_told(words: Sequence[str]) -> bool:
    """Whether a command has a place for the number of jobs."""
    return any(found[1] == "concurrency" for word in words for found in PLACEHOLDER.finditer(word))


def _option(text: str) -> int | None:
    found = OPTION.findall(text)
    return int(found[-1]) if found else None
