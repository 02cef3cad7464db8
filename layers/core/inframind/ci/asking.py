"""The question to the optimizer, as the command line words it."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from inframind.ci.host import Host
from inframind.ci.platform import Platform, Unreachable
from inframind.ci.suggesting import PATH
from inframind.ci.surroundings import Surroundings


def asker(here: Surroundings, arguments: argparse.Namespace) -> Callable[[str, Host], Any]:
    """Asks for a suggestion for a tool on a host; raises `Unreachable` or `Refused`."""

    def ask(tool: str, offered: Host) -> Any:
        if not here.url:
            raise Unreachable("INFRAMIND_URL is not set")
        body = question(here, tool, offered, {"objective": arguments.objective, "weight": arguments.weight})
        body["context"] |= dict(arguments.context)
        return Platform(here.url, here.key, here.timeout_s).post(PATH, body)

    return ask


def question(here: Surroundings, tool: str, offered: Host, goal: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the request; the host's size bounds what is suggested."""
    context = {"tool": tool, "cpus": offered.cpus, "memory_gb": offered.memory_gb, "branch": here.branch}
    body = {"pipeline": here.pipeline, "release": here.release, **goal}
    said = {name: value for name, value in body.items() if value is not None}
    return said | {"context": {name: value for name, value in context.items() if value}}


def pair(text: str) -> tuple[str, Any]:
    """A NAME=VALUE of the command line, numbers as numbers.

    >>> pair("num_steps=5"), pair("tool=cmake")
    (('num_steps', 5.0), ('tool', 'cmake'))
    """
    name, found, value = text.partition("=")
    if not name or not found:
        raise argparse.ArgumentTypeError(f"{text}: write NAME=VALUE")
    try:
        return name, float(value)
    except ValueError:
        return name, value
