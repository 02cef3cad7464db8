"""Each thing a machine may lack is one clear line on stderr and an exit status."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.preflight import check_data_dir, check_disk, check_venv_module
from infra.local.settings import ROOT, Refused, demo_command, read_settings

RUN = ROOT / "infra" / "local" / "run.py"


def run(*arguments: str, python: tuple[str, ...] = (sys.executable, str(RUN)), **environ: str) -> tuple[int, str]:
    done = subprocess.run(
        [*python, *arguments], env={"PATH": os.defpath, **environ}, capture_output=True, text=True, timeout=300
    )
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "８０"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    status, line = run(PORT=port)
    assert status == 2
    assert line.endswith("is not a port: choose a number from 1 to 65535, for example PORT=8080")


def test_a_taken_port_is_named_with_the_next_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, line = run(PORT=str(port))
    assert status == 1
    assert f"port {port} is taken" in line
    assert f"make run PORT={port + 1}" in line


def test_a_second_run_is_told_where_the_first_one_is_even_on_its_port(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"url": "http://localhost:8123"}')
    with socket.socket() as taken, (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, line = run(PORT=str(port), DATA_DIR=str(tmp_path))
    assert status == 1
    assert f"DATA_DIR {tmp_path} is in use by another run (http://localhost:8123)" in line
    assert line.endswith(f"make run DATA_DIR=~/other PORT={port + 1}")


def test_the_demonstration_is_told_what_a_run_was_told() -> None:
    assert demo_command(read_settings({})) == "make demo"
    chosen = demo_command(read_settings({"DATA_DIR": "/tmp/my data", "INFRAMIND_API_KEY": "im_a_b", "PORT": "8181"}))
    assert chosen == "make demo DATA_DIR='/tmp/my data' INFRAMIND_API_KEY=im_a_b"


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    status, line = run(PORT=str(port), DATA_DIR=str(tmp_path / "file" / "data"))
    assert status == 1
    assert f"cannot write in DATA_DIR {tmp_path}/file/data: not a directory" in line


def test_a_key_with_blanks_is_refused_without_showing_it() -> None:
    status, line = run(INFRAMIND_API_KEY="not one key")
    assert status == 2
    assert "not one key" not in line


def test_an_argument_is_answered_with_the_usage() -> None:
    status, line = run("--port")
    assert status == 2
    assert line.startswith("usage: make run")


def test_an_old_python_says_so_in_one_line() -> None:
    pretend = "import sys, runpy; sys.version_info = (3, 9, 0); runpy.run_path(sys.argv[1], run_name='__main__')"
    status, line = run(str(RUN), python=(sys.executable, "-c", pretend), PATH="/nonexistent")
    assert status == 1
    assert line.startswith("inframind: needs Python 3.11 or newer, this is 3.9.")


def test_a_missing_python_is_one_line_of_make(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "-s", "-C", str(ROOT), "run", "PYTHON=python-that-is-not-there"], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        "inframind: python-that-is-not-there is missing. Install Python 3.11 or newer: apt install python3 python3-venv"
    )


def test_debians_python_without_venv_is_told_which_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(Refused, match=r"ensurepip module is missing. Install it: apt install python3\.\d+-venv"):
        check_venv_module()


def test_a_full_disk_is_told_with_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"MB free and .* MB are needed"):
        check_disk(tmp_path, 2**60)


def test_a_data_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    check_data_dir(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_the_defaults_are_those_of_the_readme() -> None:
    settings = read_settings({})
    assert (settings.port, settings.data_dir, settings.key) == (8080, ROOT / ".data", None)


@pytest.mark.parametrize("text", ["LogLevel", "Log Level=INFO", "=x", "'LogLevel=INFO", "Log-Level=INFO"])
def test_parameters_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="PARAMETERS"):
        read_settings({"PARAMETERS": text})


def test_parameters_are_taken_as_sam_takes_them() -> None:
    text = "AnalystModel=llama3.2:3b ServiceCalls='web>auth auth>db'"
    assert read_settings({"PARAMETERS": text}).parameters == text
