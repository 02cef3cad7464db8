"""Follows the functions' log lines and the dead letters, prints what a person wants to know, and keeps the logs small.

Reads the engine's CloudWatch Logs every second. The engine starts a log stream for every call and never drops one, so a
group that has grown is emptied.
"""

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from infra.local.calls import aws_call
from infra.local.lines import render

EVERY_S = 1.0
# About 1 KB of saved state each.
STREAMS_KEPT = 400
DEAD_LETTERS_EVERY = 5
# Lines of one call are written together, calls that overlap are not in order of time.
OVERLAP_MS = 2000


class Watcher(threading.Thread):
    """A daemon thread; `say` gets one line an event."""

    def __init__(self, port: int, say: Callable[[str], None]) -> None:
        super().__init__(name="watcher", daemon=True)
        self.port = port
        self.say = say
        self.dead_letters: dict[str, int] = {}
        self.groups: dict[str, Group] = {}
        self.started_ms = int(time.time() * 1000)

    def run(self) -> None:
        for turn in itertools.count():
            time.sleep(EVERY_S)
            try:
                for name in self.group_names():
                    self.follow(name)
                if turn % DEAD_LETTERS_EVERY == 0:
                    self.count_dead_letters()
            except (OSError, http.client.HTTPException, ValueError):
                continue  # the engine is stopping, or was busy: the next turn sees it all

    def group_names(self) -> list[str]:
        found = self.call("logs", "Logs_20140328.DescribeLogGroups", {})
        return [group["logGroupName"] for group in found.get("logGroups", [])]

    def follow(self, name: str) -> None:
        group = self.groups.setdefault(name, Group(self.started_ms))
        request = {"logGroupName": name, "startTime": group.since_ms}
        events = self.call("logs", "Logs_20140328.FilterLogEvents", request).get("events", [])
        for event in group.news(events):
            line = render(name.rsplit("/", 1)[1], event["message"])
            if line:
                self.say(line)
        if group.streams > STREAMS_KEPT:
            group.streams = 0
            self.call("logs", "Logs_20140328.DeleteLogGroup", {"logGroupName": name})
            self.call("logs", "Logs_20140328.CreateLogGroup", {"logGroupName": name})

    def also_follow(self, dead_letters: list[str]) -> None:
        """Tell of letters that come into these queues from now on."""
        self.dead_letters = {url: self.waiting_in(url) for url in dead_letters}

    def count_dead_letters(self) -> None:
        for url, before in self.dead_letters.items():
            now = self.waiting_in(url)
            if now > before:
                self.say(f"{now - before} new dead letters in {url.rsplit('/', 1)[1]}, {now} in all")
            self.dead_letters[url] = now

    def waiting_in(self, url: str) -> int:
        request = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
        found = self.call("sqs", "AmazonSQS.GetQueueAttributes", request)
        return int(found.get("Attributes", {}).get("ApproximateNumberOfMessages", 0))

    def call(self, service: str, target: str, request: dict[str, Any]) -> dict[str, Any]:
        return aws_call(self.port, service, target, request)


class Group:
    """How far one log group is read. A call is one stream, written at once: those of the last seconds are enough."""

    def __init__(self, since_ms: int) -> None:
        self.since_ms = since_ms
        # Those that an earlier run left count as too many: the first turn empties the group.
        self.streams = STREAMS_KEPT + 1
        self.known: set[str] = set()

    def news(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The events not seen before; remembers them."""
        fresh = [event for event in events if event["logStreamName"] not in self.known]
        self.streams += len({event["logStreamName"] for event in fresh})
        if events:
            self.since_ms = max(self.since_ms, events[-1]["timestamp"] - OVERLAP_MS)
        self.known = {event["logStreamName"] for event in events}
        return fresh
