"""Tests of how the demonstration finds the platform: `make demo` after `make run`, whatever was chosen there."""

import io
import json
import os
import re
import subprocess
import sys
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError

import pytest

from infra.demo.platform import Platform, running, why
from infra.local.harness import Port
from infra.local.settings import ROOT, Refused
from tests.adapters.servers import answers, reply, serving


def test_without_a_port_it_is_the_run_on_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"url": "http://localhost:8123"}))
    assert running({"DATA_DIR": str(tmp_path)}).url == "http://localhost:8123"


def test_a_port_that_was_given_is_taken(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"url": "http://localhost:8123"}))
    assert running({"DATA_DIR": str(tmp_path), "PORT": "8124"}).url == "http://localhost:8124"


def test_without_a_run_it_is_the_usual_port(tmp_path: Path) -> None:
    assert running({"DATA_DIR": str(tmp_path)}).url == "http://localhost:8080"


def test_a_port_that_is_none_is_refused_as_a_run_refuses_it() -> None:
    with pytest.raises(Refused, match="PORT=http is not a port"):
        running({"PORT": "http"})


@pytest.mark.parametrize("module", ["infra.demo", "infra.demo.seeding"])
def test_it_needs_no_package_and_says_in_one_line_that_nothing_answers(module: str) -> None:
    reserved = Port()
    port = str(reserved.number)
    done = subprocess.run(
        [sys.executable, "-S", "-m", module],
        cwd=ROOT,
        env={"PATH": os.defpath, "PORT": port},
        capture_output=True,
        text=True,
        timeout=300,
    )
    reserved.release()
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"Nothing answers at http://localhost:{port}. Start it with 'make run' in another terminal.\n"


@pytest.mark.parametrize(
    ("code", "body", "words"),
    [
        (401, "{}", "does not know this key. Say the INFRAMIND_API_KEY, or the DATA_DIR, of 'make run'."),
        (422, '{"detail": "The request has 1 fault."}', "refused: 422 The request has 1 fault."),
        (502, "<html>bad gateway</html>", "refused: 502 <html>bad gateway</html>"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_do(code: int, body: str, words: str) -> None:
    platform = Platform("http://localhost:8123", "im_wrong")
    refused = HTTPError(platform.url, code, "", Message(), io.BytesIO(body.encode()))
    assert why(platform, refused) == f"http://localhost:8123 {words}"


def test_what_is_unavailable_for_a_moment_is_asked_again_as_the_same_request() -> None:
    busy, done = reply(503, b"{}", b"retry-after: 0"), reply(200, b'{"id": "c1"}')
    with serving(answers(busy, done)) as server:
        assert Platform(server.url, "im_1_a").call("/api/v1/notifications/channels", {"name": "ops"}) == {"id": "c1"}
    keys = [re.search(rb"(?i)idempotency-key: (\w+)", request) for request in server.requests]
    assert len(keys) == 2
    assert len({key[1] for key in keys if key}) == 1


def test_what_is_refused_is_not_asked_again() -> None:
    with serving(answers(reply(422, b"{}"))) as server:
        with pytest.raises(HTTPError):
            Platform(server.url, "im_1_a").call("/api/v1/silences", {})
        assert len(server.requests) == 1
