"""What a CI system and its settings say of a build, read from environment variables."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PIPELINE = ("GITHUB_REPOSITORY", "CI_PROJECT_PATH")
REPOSITORY = ("GITHUB_REPOSITORY", "CI_PROJECT_PATH", "GIT_URL")
BRANCH = ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "GIT_BRANCH")
COMMIT = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")
TAG = ("CI_COMMIT_TAG", "TAG_NAME")
TRUE = {"1", "true", "yes", "on"}
TIMEOUT_S = 5.0  # a cold function answers within three
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a build runs, what it belongs to, and how the platform is reached."""

    url: str
    key: str
    pipeline: str
    repository: str
    branch: str
    commit: str
    host: str
    release: bool
    run_id: str
    suggestion_id: str
    started_at: str
    spool: Path
    timeout_s: float
    patience_s: float


def surroundings(environment: Mapping[str, str]) -> Surroundings:
    """What the environment of a build says; CI systems' own variables stand in for what InfraMind's do not say.

    >>> surroundings({"CI_PROJECT_PATH": "shop/api", "CI_COMMIT_TAG": "v2"}).release
    True
    """
    said = environment.get
    return Surroundings(
        url=_first(environment, ("INFRAMIND_URL",)).rstrip("/"),
        key=_first(environment, ("INFRAMIND_KEY", "INFRAMIND_API_KEY")),
        pipeline=_pipeline(environment),
        repository=_first(environment, REPOSITORY),
        branch=_first(environment, BRANCH),
        commit=_first(environment, COMMIT),
        host=socket.gethostname(),
        release=_is_release(environment),
        run_id=said("INFRAMIND_RUN_ID", ""),
        suggestion_id=said("INFRAMIND_SUGGESTION_ID", ""),
        started_at=said("INFRAMIND_STARTED_AT", ""),
        spool=_spool(environment),
        timeout_s=_seconds(said("INFRAMIND_TIMEOUT"), TIMEOUT_S),
        patience_s=_seconds(said("INFRAMIND_PATIENCE"), PATIENCE_S),
    )


def new_run_id(host: str) -> str:
    """A name for a run that no other has, and that nobody can take before it begins: host, time, 64 random bits."""
    return f"{host}-{time.time_ns() // 1_000_000}-{os.urandom(8).hex()}"


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _pipeline(environment: Mapping[str, str]) -> str:
    """The last part of a multibranch job's name in Jenkins is its branch; its builds belong together all the same."""
    said, job = environment.get("INFRAMIND_PIPELINE", ""), environment.get("JOB_NAME", "")
    if environment.get("BRANCH_NAME") and "/" in job:
        job = job.rpartition("/")[0]
    return said or job or _first(environment, PIPELINE) or Path.cwd().name or "build"


def _is_release(environment: Mapping[str, str]) -> bool:
    """A release is said to be one, or is the build of a tag."""
    said = environment.get("INFRAMIND_RELEASE", "")
    if said:
        return said.lower() in TRUE
    return bool(_first(environment, TAG)) or environment.get("GITHUB_REF_TYPE") == "tag"


def _spool(environment: Mapping[str, str]) -> Path:
    if environment.get("INFRAMIND_SPOOL"):
        return Path(environment["INFRAMIND_SPOOL"])
    home = environment.get("HOME") or "/tmp"
    state = environment.get("XDG_STATE_HOME") or f"{home}/.local/state"
    return Path(state) / "inframind" / "builds"


def _seconds(text: str | None, default: float) -> float:
    try:
        return min(max(float(text or default), 0.0), 60.0)
    except ValueError:
        return default
