"""The three events of a build, as the platform takes them: start, step, complete."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from inframind.ci.host import Host
from inframind.ci.spool import Event
from inframind.ci.suggesting import Configuration
from inframind.ci.surroundings import Surroundings

PREFIX = "/api/v1/builds/"


def started(here: Surroundings, run_id: str, at_s: float, tool: str, offered: Host) -> Event:
    """A build has started."""
    body = _of(here, run_id) | {
        "started_at": rfc3339(at_s),
        "host": here.host,
        "repository": here.repository,
        "branch": here.branch,
        "commit": here.commit,
        "release": here.release,
        "suggestion_id": here.suggestion_id,
        "context": {"tool": tool, **asdict(offered)},
    }
    return _event("start", body)


def stepped(here: Surroundings, run_id: str, step: str, at_s: float, measured: dict[str, Any]) -> Event:
    """A step has ended; `measured` has at least its outcome and `duration_s`."""
    times = {"started_at": rfc3339(at_s), "finished_at": rfc3339(at_s + measured["duration_s"])}
    return _event("step", _of(here, run_id) | {"step": step[:200]} | times | measured)


def completed(here: Surroundings, run_id: str, ended: dict[str, Any], ran_with: Configuration | None) -> Event:
    """A build has ended: `ended` has its outcome and what is known of its times."""
    body = _of(here, run_id) | ended | {"release": here.release, "suggestion_id": here.suggestion_id}
    return _event("complete", body | ({"configuration": asdict(ran_with)} if ran_with else {}))


def rfc3339(at_s: float) -> str:
    """A moment as the platform writes it.

    >>> rfc3339(1_700_000_000.5)
    '2023-11-14T22:13:20.500Z'
    """
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _of(here: Surroundings, run_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "pipeline": here.pipeline}


def _event(kind: str, body: dict[str, Any]) -> Event:
    """What is not known is not said."""
    return Event(PREFIX + kind, {name: value for name, value in body.items() if value not in ("", None)})
