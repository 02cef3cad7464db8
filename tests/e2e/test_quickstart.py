"""The commands of the README and the quickstart, as they are printed, in their order, in a shell."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from infra.local.harness import Platform
from infra.local.settings import ROOT
from tests.e2e.conftest import Client, eventually

pytestmark = pytest.mark.e2e

PAGES = ("README.md", "docs/quickstart.md")
# What a page leaves to the reader: the id of the incident, or of the key, that was answered before.
LISTS = {"incidents": "/api/v1/incidents?service=auth-api", "auth/keys": "/api/v1/auth/keys"}
LEFT_OPEN = re.compile(r"/api/v1/(incidents|auth/keys)/<id>")


def commands(page: str) -> Iterator[str]:
    """Every curl of the page's indented blocks, with the lines that continue it."""
    whole: list[str] = []
    for line in page.splitlines():
        text = line.strip().removeprefix("$ ")
        if line.startswith("    ") and (whole or text.startswith("curl ")):
            whole.append(text)
            if "\n".join(whole).count("'") % 2 == 0 and not text.endswith("\\"):
                yield "\n".join(whole)
                whole = []


def filled(command: str, client: Client) -> str:
    """The command with the newest id in the place of `<id>`."""
    open_one = LEFT_OPEN.search(command)
    if open_one is None:
        return command
    listed = LISTS[open_one[1]]
    items = eventually(lambda: client.get(listed)["items"], bool)
    usable = [one for one in items if one.get("name") != "bootstrap" and one["status"] not in ("revoked", "resolved")]
    assert usable, (listed, items)
    return command.replace("<id>", usable[0]["id"])


def shell(command: str, running: Platform) -> tuple[int, str]:
    """Status and answer of a command; `$KEY` is set as the page says, the address is the one that runs here."""
    asked = command.replace("http://localhost:8080", running.url).replace("localhost:8080", running.url)
    script = asked.replace("curl ", "curl -sS -w '\\n%{http_code}' ", 1)
    done = subprocess.run(
        ["bash", "-c", script],
        env={"KEY": running.key, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (command, done.stderr)
    answer, _, status = done.stdout.rpartition("\n")
    return int(status), answer


@pytest.mark.parametrize("page", PAGES)
def test_every_command_does_what_the_page_says(page: str, running: Platform, client: Client) -> None:
    found = list(commands((ROOT / page).read_text()))
    assert found
    for command in found:
        status, answer = shell(filled(command, client), running)
        assert 200 <= status < 300, (command, status, answer)
        eventually(lambda: client.call("GET", "/api/v1/sla/server-001/status").status, lambda code: code == 200)
