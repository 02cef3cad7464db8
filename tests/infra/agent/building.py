"""Builds the agent once, outside the source tree; tests without a compiler are skipped and say what is missing."""

import fcntl
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.cloudformation import ROOT

SOURCE = Path(ROOT, "infra/agent")
BUILDS = Path(ROOT, ".bench/agent")
PROGRAMS = {"cmake": "cmake", "ninja": "ninja-build"}
HEADERS = {"openssl/ssl.h": "libssl-dev", "snappy.h": "libsnappy-dev", "yaml.h": "libyaml-dev"}
MORE = {"release": {}, "asan": {"catch2/catch.hpp": "catch2"}, "fuzz": {}}
COMPILERS = {"release": "g++", "asan": "g++", "fuzz": "clang++"}
PATIENCE_S = 1_800
FOLDERS = (Path("/usr/include"), Path("/usr/include/x86_64-linux-gnu"), Path("/usr/include/aarch64-linux-gnu"))


def missing(preset: str = "release") -> list[str]:
    """Debian packages that a build of `preset` needs and that are not there."""
    compiler = COMPILERS[preset]
    programs = PROGRAMS | {compiler: compiler.removesuffix("++") if preset == "fuzz" else compiler}
    absent = [package for program, package in programs.items() if not shutil.which(program)]
    headers = HEADERS | MORE[preset]
    if preset == "fuzz" and not absent and not _has_fuzzer():
        absent.append("libclang-rt-14-dev")
    return absent + [name for path, name in headers.items() if not any((at / path).exists() for at in FOLDERS)]


def build(preset: str) -> Path:
    """The folder with the finished build of `preset`; skips the test where a package is missing."""
    if absent := missing(preset):
        pytest.skip(
            f"the agent is not built: {', '.join(absent)} missing (infra/agent/packages.txt lists the packages)"
        )
    return _built(preset)


@cache
def _has_fuzzer() -> bool:
    """Whether clang finds its fuzzer, which Debian packages apart."""
    target = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'
    command = ["clang++", "-fsanitize=fuzzer,address", "-x", "c++", "-", "-o", "/dev/null"]
    return subprocess.run(command, input=target, text=True, capture_output=True, check=False).returncode == 0


@cache
def _built(preset: str) -> Path:
    folder = BUILDS / preset
    folder.mkdir(parents=True, exist_ok=True)
    with (BUILDS / f"{preset}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes share the build
        command = [str(SOURCE / "build.sh"), preset, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return folder
