"""CPU of importing each function's handler in a fresh process, against the usual stack of a Python function."""

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.table import Row, markdown

ROOT = Path(__file__).parents[2]
ROUNDS = 7
HANDLERS = sorted(path for path in (ROOT / "functions").glob("*/*.py") if "handler" in path.read_text())
DOOR = "ingestion/api"
NAIVE = """
import boto3
from fastapi import FastAPI
from mangum import Mangum
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent
logger, tracer, metrics = Logger(service="n"), Tracer(service="n"), Metrics(namespace="n")
table, queue = boto3.resource("dynamodb").Table("t"), boto3.client("sqs")
app = FastAPI()
@app.post("/api/v1/metrics/ingest")
async def ingest(body: dict) -> dict:
    return body
handler = Mangum(app)
"""
FIRST_CALLS = {  # clients are made on first use: they belong to a cold start as much as imports do
    DOOR: "from inframind import wiring; wiring.client('dynamodb'); wiring.client('sqs')",
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_TRACE_DISABLED": "true", "LEAN_CLIENT": "true",
    "AWS_ENDPOINT_URL": "https://localhost", "PYTHONDONTWRITEBYTECODE": "", "OPENBLAS_NUM_THREADS": "1",
}  # fmt: skip


def run() -> list[Row]:
    """The median over rounds, each program once a round; an empty Python is subtracted."""
    programs = {"empty": "", "naive": NAIVE} | {_word(path): _program(path) for path in HANDLERS}
    spent: dict[str, list[float]] = {name: [] for name in programs}
    for program in programs.values():
        _cpu_ms(["-c", program])  # what is compiled once is no part of it, on either side
    for _ in range(ROUNDS):
        for name, program in programs.items():
            spent[name].append(_cpu_ms(["-c", program]))
    cost = {name: statistics.median(values) for name, values in spent.items()}
    net = {name: value - cost["empty"] for name, value in cost.items()}
    return [
        Row(
            f"import {_word(path)}",
            net[_word(path)],
            net["naive"],
            net[_word(path)] / net["naive"],
            "<= 1/3" if _word(path) == DOOR else "reported",
            "CPU ms, against FastAPI + Powertools + boto3",
        )
        for path in HANDLERS
    ]


def _program(path: Path) -> str:
    first = FIRST_CALLS.get(_word(path), "")
    return (
        f"import sys; sys.path[:0] = [{str(path.parent)!r}, {str(ROOT / 'layers/core')!r}]\nimport {path.stem}\n{first}"
    )


def _word(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _cpu_ms(arguments: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, env=os.environ | ENVIRONMENT, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


if __name__ == "__main__":
    sys.stdout.write(markdown(run()) + "\n")
