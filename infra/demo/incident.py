"""What becomes of the demonstration's signals: the incident of the fleet's fault, and the second act, in which a
deployment, a jump of latency and error logs become one.

A server on this machine poses as Slack, so that the one message can be shown.
"""

import json
import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.demo.platform import PATIENCE_S, Platform

SERVICE = "auth-api"
HISTORY_MIN, DEPLOYED_MIN, ERRORS = 120, 8, 20
SETTLED_S = 5  # longer than a notice waits: whatever is told twice has come by then


class Slack(ThreadingHTTPServer):
    """Takes every message and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keeper)
        self.messages: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/demo"


class _Keeper(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body)["text"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the demonstration has the screen."""


def show_fault(platform: Platform, caller: str, callee: str) -> bool:
    """Prints what became of the fleet's fault; whether it is one incident of both services."""
    found = _of_both(platform, caller, callee)
    if found is None:
        print(f"\nNo incident of {callee} and {caller} together within {PATIENCE_S} s.")
        return False
    print("", *story(found), sep="\n")
    return True


def show(platform: Platform, suffix: str) -> bool:
    """Sends the story and prints what became of it; whether it is one incident, its cause the deployment, told once."""
    service = SERVICE + suffix
    print(f"\nAt {service}: v2.1.0 is deployed, eight minutes later latency jumps, and errors are logged.")
    with _channel(platform, service) as slack:
        now = datetime.now(UTC).replace(microsecond=0)
        _send_jump(platform, service, now)
        _wait(platform, service, {"anomaly"})
        _send_errors(platform, service, now)
        incident = _wait(platform, service, {"anomaly", "log_spike"})
        if incident is None:
            print(f"No incident within {PATIENCE_S} s.")
            return False
        told = _told(slack, service)
    print(*lines(incident, told), sep="\n")
    first = incident["suspects"][:1]
    return len(told) == 1 and [one["kind"] for one in first] == ["deployment"] and incident["severity"] == "critical"


def lines(incident: dict[str, Any], told: Sequence[str]) -> list[str]:
    """The incident as a person reads it, and what Slack was told of it."""
    if not told:
        return [*story(incident), "Slack was not told: where there are escalations, or silences, they choose who is."]
    return [
        *story(incident),
        f"Slack was told {'once' if len(told) == 1 else f'{len(told)} times'}: {' / '.join(told)}",
    ]


def story(incident: dict[str, Any]) -> list[str]:
    """The incident, its time line where it is known, its cause, and what to do."""
    cause = incident["analysis"]["root_cause"]
    suspects = [f"  suspect   {one['score']:.2f}  {one['kind']}: {one['reason']}" for one in incident["suspects"][:2]]
    actions = [
        f"  do        {one['action']} (risk: {one['risk']})" for one in incident["analysis"]["recommended_actions"]
    ]
    return [
        f"One incident, {incident['severity']}: {incident['title']}",
        *(f"  {one['at'][11:19]}  {one['kind']}: {one['text']}" for one in incident["timeline"]),
        f"  cause     {cause['description']} ({cause['confidence']} %)",
        *suspects,
        *actions[:2],
    ]


@contextmanager
def _channel(platform: Platform, service: str) -> Iterator[Slack]:
    """A channel that leads to a server of ours, for as long as the block runs."""
    slack = Slack()
    thread = threading.Thread(target=slack.serve_forever, daemon=True)
    thread.start()
    order = {"name": f"demo {service}", "kind": "slack", "secrets": {"webhook_url": slack.url}}
    channel = platform.call("/api/v1/notifications/channels", order)["id"]
    try:
        yield slack
    finally:
        platform.call(f"/api/v1/notifications/channels/{channel}", method="DELETE")
        slack.shutdown()
        slack.server_close()


def _send_jump(platform: Platform, service: str, now: datetime) -> None:
    jump = now - timedelta(minutes=1)
    quiet = [
        _latency(service, jump - timedelta(minutes=minute), 108.0 + 8.1 * math.sin(2.4 * minute))
        for minute in range(HISTORY_MIN, 0, -1)
    ]
    platform.call("/ingest/metrics", {"metrics": quiet})
    deployed_at = (jump - timedelta(minutes=DEPLOYED_MIN)).isoformat()
    platform.call("/ingest/deployment", {"service": service, "version": "v2.1.0", "timestamp": deployed_at})
    platform.call("/ingest/metrics", _latency(service, jump, 1500.0))


def _send_errors(platform: Platform, service: str, now: datetime) -> None:
    """The errors come when the jump is known: on a busy machine they would overtake it, and be told of first."""
    errors = [
        {
            "timestamp": (now - timedelta(seconds=ERRORS - number)).isoformat(),
            "level": "ERROR",
            "message": f"Database timeout after {3000 + 7 * number} ms",
            "service": service,
        }
        for number in range(ERRORS)
    ]
    platform.call("/ingest/logs", {"logs": errors})


def _latency(service: str, at: datetime, value: float) -> dict[str, Any]:
    labels = {"service": service, "environment": "production"}
    return {"timestamp": at.isoformat(), "metric_name": "api_latency_ms", "value": round(value, 2), "labels": labels}


def _of_both(platform: Platform, caller: str, callee: str) -> dict[str, Any] | None:
    """The incident that both services are in, as the list has it; None when there is none for too long."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for one in platform.call(f"/api/v1/incidents?service={callee}")["items"]:
            if {caller, callee} <= set(one["services"]):
                return dict(one)
        time.sleep(0.5)
    return None


def _wait(platform: Platform, service: str, kinds: set[str]) -> dict[str, Any] | None:
    """The incident once signals of these kinds are in it; as it is, when that takes too long."""
    found: dict[str, Any] | None = None
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        items = platform.call(f"/api/v1/incidents?service={service}")["items"]
        found = platform.call(f"/api/v1/incidents/{items[0]['id']}") if len(items) == 1 else found
        if found and kinds <= {one["kind"] for one in found["signals"]}:
            break
        time.sleep(0.5)
    return found


def _told(slack: Slack, service: str) -> list[str]:
    """What Slack was told of the service, once nothing more is coming."""
    deadline = time.monotonic() + PATIENCE_S
    while not any(service in one for one in slack.messages) and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(SETTLED_S)
    return [one for one in slack.messages if service in one]
