"""One running platform for each module of end-to-end tests, and a client that speaks to it as a user would."""

import fcntl
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest

from infra.local.harness import Platform, platform

T = TypeVar("T")

# Nets for what hangs: no claim about how fast anything is. A machine may be ten times slower than usual.
ANSWER_WITHIN_S = 120.0
PATIENCE_S = 240.0
AGAIN_S = "60"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """HTTP with a key; `running` may be restarted underneath."""

    running: Platform
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {self.running.key}", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.running.url + path, body, sent, method=method)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = self._asked(request)
            if answer.status != 503 or not self._ran_out_of_time() or time.monotonic() > deadline:
                return answer
            time.sleep(float(answer.headers["Retry-After"]))

    def _asked(self, request: Request) -> Answer:
        try:
            with urlopen(request, timeout=ANSWER_WITHIN_S) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except HTTPError as refused:
            return Answer(refused.code, dict(refused.headers), refused.read())

    def _ran_out_of_time(self) -> bool:
        """Whether a call failed for the machine's sake: its function did not come to an end in its time limit."""
        reasons = re.findall(r" answered 503: (.*)", self.running.printed)
        return bool(reasons) and reasons[-1].startswith("Task timed out")

    def get(self, path: str, **query: Any) -> Any:
        """The decoded answer of a GET that must succeed."""
        text = f"{path}?{urlencode(query, doseq=True)}" if query else path
        answer = self.call("GET", text)
        assert answer.status == 200, (text, answer.status, answer.body[:500])
        return answer.json

    def post(self, path: str, body: Any) -> Answer:
        return self.call("POST", path, json.dumps(body).encode(), Content_Type="application/json")

    def samples(self, resource: str, **query: Any) -> dict[tuple[str, tuple[tuple[str, str], ...]], list[list[Any]]]:
        """(metric, labels) -> [[time, value], ...] over every page."""
        found: dict[tuple[str, tuple[tuple[str, str], ...]], list[list[Any]]] = {}
        cursor: str | None = None
        while True:
            page = self.get(f"/api/v1/metrics/{quote(resource)}", **query, **({"cursor": cursor} if cursor else {}))
            for series in page["series"]:
                name = (series["metric"], tuple(sorted(series["labels"].items())))
                found.setdefault(name, []).extend(series["points"])
            cursor = page["cursor"]
            if cursor is None:
                return found


def eventually(look: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """What `look` finds once it is enough; the last look, if it never is.

    It looks for half of the time at most, so that a slow machine is not slowed down by being looked at.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        begun = time.monotonic()
        seen = look()
        if enough(seen) or time.monotonic() > deadline:
            return seen
        time.sleep(max(0.2, time.monotonic() - begun))


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The data folder of a platform that was deployed and stopped: one for all test processes."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    made = shared / "deployed"
    with (shared / "deployed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with platform(shared / "being-deployed") as one:
                assert one.stop() == 0, one.printed
            (shared / "being-deployed").rename(made)
    return made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, deployed: Path) -> Iterator[Platform]:
    """The platform, from the real template, in a process of its own: its first start finds nothing left to deploy."""
    data = tmp_path_factory.mktemp("platform") / "data"
    shutil.copytree(deployed, data, ignore=shutil.ignore_patterns("printed.log", "tmp"))
    with platform(data) as one:
        comes_again_soon(one)
        yield one


def comes_again_soon(running: Platform) -> None:
    """What a killed worker had in hand, or a slow one put off, comes again within patience; usual are eight minutes."""
    for name in ("SamplesQueue", "ScoreQueue", "SignalsQueue"):
        url = running.outputs[f"{name}Url"]
        running.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": AGAIN_S})


@pytest.fixture(scope="module")
def client(running: Platform) -> Client:
    """A client with the bootstrap key."""
    return Client(running)
