import json
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from infra.local.harness import NotReady, Platform
from tests.infra.local.conftest import PATIENCE_S, PROBE, alive, call, until

pytestmark = pytest.mark.e2e


def listening(pids: set[str]) -> set[str]:
    """Addresses that a process of `pids` listens on, from the kernel's own tables."""
    inodes = {link for pid in pids for link in held_by(pid)}
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state, inode = line.split()[1], line.split()[3], line.split()[9]
            if f"socket:[{inode}]" in inodes and (state == "0A" or table.startswith("udp")):
                found.add(f"{table} {local}")
    return found


def held_by(pid: str) -> set[str]:
    """What its descriptors are; whatever is closed, or ends, meanwhile holds nothing."""
    found = set()
    with suppress(FileNotFoundError, ProcessLookupError):
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found.add(str(fd.readlink()))
    return found


def children_of(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()) if Path(f"/proc/{pid}").exists() else set()


def test_nothing_listens_beyond_the_loopback_address(running: Platform) -> None:
    call(running, "GET", "/")  # a function is up as well
    pids = {str(running.pid), *children_of(running.pid)}
    found = listening(pids)
    loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    assert len(found) == 2
    assert all(address.startswith(f"tcp {loopback}:") for address in found)


def test_functions_get_a_chosen_environment_and_nothing_of_the_user(running: Platform) -> None:
    seen = json.loads(call(running, "GET", "/environment").body)["environ"]
    assert "SECRET_OF_THE_USER" not in seen
    assert "INFRAMIND_API_KEY" not in seen
    assert seen["STAGE"] == "local"
    assert seen["AWS_ENDPOINT_URL"] == running.endpoint
    assert seen["TMPDIR"] == str(running.data_dir / "tmp")
    assert seen["LAMBDA_TASK_ROOT"].startswith(seen["TMPDIR"])


def test_standard_and_ordered_queues_and_the_bus_reach_the_worker(running: Platform) -> None:
    call(running, "POST", "/send/plain", b"plain-1")
    call(running, "POST", "/send/fifo", b"fifo-1")
    call(running, "POST", "/send/bus", b'{"name": "bus-1"}')
    until(lambda: all(call(running, "GET", f"/items/{one}-1").status == 200 for one in ("plain", "fifo", "bus")))


def test_a_poisoned_message_becomes_a_dead_letter_and_a_line_on_the_screen(running: Platform) -> None:
    call(running, "POST", "/send/plain", b"poison")
    until(lambda: "1 new dead letters in inframind-WorkDeadLetters" in running.printed, lambda: running.printed)


def test_warnings_and_events_of_functions_are_printed_and_calls_are_not(running: Platform) -> None:
    call(running, "GET", "/warn")
    lines = ("AnomalyFound  anomaly found  resource=db-1", "warning in echo  queue is long  waiting=12")
    until(lambda: all(line in running.printed for line in lines), lambda: running.printed)
    assert "called" not in running.printed


def test_expiry_is_switched_on_as_the_template_says(running: Platform) -> None:
    found = running.client("dynamodb").describe_time_to_live(TableName=running.outputs["TableName"])
    assert found["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_kill_9_keeps_what_was_saved_and_the_next_start_deploys_nothing(running: Platform) -> None:
    call(running, "PUT", "/items/kept", b"\x00\xff")
    until(lambda: '"kept"' in saved(running))
    printed = len(running.printed)
    workers = children_of(running.pid)
    assert running.kill9() == -signal.SIGKILL
    until(lambda: not any(map(alive, workers)))
    running.start()
    assert call(running, "GET", "/items/kept").body == b"\x00\xff"
    assert "nothing has changed since the last deployment" in running.printed[printed:]
    call(running, "POST", "/send/plain", b"after-kill")
    until(lambda: call(running, "GET", "/items/after-kill").status == 200)


def saved(running: Platform) -> str:
    """The tables of the last whole save; nothing in the moment in which the next one takes its place."""
    try:
        return (running.data_dir / "state.complete" / "dynamodb.json").read_text()
    except FileNotFoundError:
        return ""


def refused_start(fresh: Platform) -> None:
    with pytest.raises(NotReady):
        fresh.start()


def test_a_kill_in_the_middle_of_the_first_deployment_does_not_hinder_the_next_start(tmp_path: Path) -> None:
    fresh = Platform(PROBE, tmp_path / "data", {})
    killed = threading.Thread(target=refused_start, args=(fresh,), daemon=True)
    killed.start()
    until(lambda: any((fresh.data_dir / "s3").rglob("*.zip")))
    assert fresh.process is not None
    fresh.process.kill()
    killed.join(timeout=PATIENCE_S)
    try:
        fresh.start()
        assert call(fresh, "GET", "/items/nothing").status == 404
    finally:
        fresh.kill9()
        fresh.reserved.release()


def test_an_ordinary_stop_keeps_what_was_written_in_the_last_moment(running: Platform) -> None:
    call(running, "PUT", "/items/last", b"moment")
    assert running.stop() == 0
    running.start()
    assert call(running, "GET", "/items/last").body == b"moment"


def test_it_ends_when_its_starter_is_gone(running: Platform) -> None:
    assert running.process is not None
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert running.process.wait(timeout=PATIENCE_S) == 0
    running.process = None
    running.start()


def test_the_key_is_kept_and_readable_by_its_owner_alone(running: Platform) -> None:
    path = running.data_dir / "key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert running.key in running.printed
    assert running.key.startswith("im_")
