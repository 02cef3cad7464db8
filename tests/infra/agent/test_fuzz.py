"""Every parser of text from outside, under libFuzzer for a few seconds."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.infra.agent.building import SOURCE, build

SECONDS = 3
SEEDS = {
    "config": (SOURCE / "agent.yaml").read_bytes(),
    "http_request": b"GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "http_response": b"HTTP/1.1 503 x\r\nTransfer-Encoding: chunked\r\nRetry-After: 3\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n",
    "json": b'{"stats": {"cache_hits": {"counts": {"C/C++": 4}}, "a": ["\\u00fc\\ud83d\\ude00", -1.5e3, true, null]}}',
    "parcel": b"inframind-parcel-1 00000000 /api/v1/write application/x-protobuf snappy 3 4\nbody",
    "process": Path("/proc/self/stat").read_bytes(),
}


@pytest.mark.parametrize("parser", sorted(SEEDS))
def test_no_input_breaks_a_parser(parser: str, tmp_path: Path) -> None:
    program = build("fuzz") / f"fuzz/fuzz-{parser}"
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "seed").write_bytes(SEEDS[parser])
    # A parser may not ask for much at once. What the process holds is mostly the sanitizer's, and grows with its speed.
    memory = ["-malloc_limit_mb=64", "-rss_limit_mb=2048"]
    bounds = [f"-max_total_time={SECONDS}", "-max_len=4096", "-timeout=60", "-seed=1", *memory]
    command = [str(program), *bounds, f"-artifact_prefix={tmp_path}/", str(corpus)]
    environment = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=16"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done" in done.stderr
