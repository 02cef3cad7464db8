"""`make bootstrap-key` needs no more than it uses, and installs nothing where that is there."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from infra.build import first_key
from infra.local.environments import Environment, pins
from infra.local.settings import ROOT

TAKEN_IF_THERE = {"certifi", "setuptools", "inframind"}  # by botocore and by the interpreter
LOADED = """
import json, sys
import boto3, infra.build.bootstrap_key
boto3.client("dynamodb", region_name="us-east-1"), boto3.client("cloudformation", region_name="us-east-1")
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def complete(name: str, folder: Path) -> Environment:
    """An environment as a finished installation leaves it."""
    lock = folder / f"{name}.txt"
    lock.write_text("")
    made = Environment(name, folder / name, (lock,))
    made.python.parent.mkdir(parents=True)
    made.python.symlink_to(sys.executable)
    made.stamp.write_text(made.fingerprint())
    return made


def test_it_takes_an_environment_that_is_there_and_makes_none(tmp_path: Path) -> None:
    functions, missing = complete("functions", tmp_path), Environment("dev", tmp_path / "dev", ())
    small = Environment("key", tmp_path / "key", ())
    assert first_key.environment((missing, functions), small) == functions
    assert not small.folder.exists()


def test_what_it_loads_is_in_the_lock_of_the_core_layer() -> None:
    environ = os.environ | {"PYTHONPATH": f"{ROOT}/layers/core:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", LOADED], env=environ, cwd=ROOT, capture_output=True, check=True)
    sources = importlib.metadata.packages_distributions()
    loaded = {package for name in json.loads(done.stdout) for package in sources.get(name, ())} - TAKEN_IF_THERE
    locked = {line.partition("==")[0] for lock in first_key.KEY.locks for line in pins(lock)}
    assert {"boto3", "pydantic"} <= loaded
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in loaded} <= locked


def test_make_builds_no_environment_of_developers_for_it() -> None:
    done = subprocess.run(
        ["make", "-n", "-B", "bootstrap-key", "STACK=x"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "infra/build/first_key.py" in done.stdout
    assert "dev" not in done.stdout.replace("/dev/null", "")
