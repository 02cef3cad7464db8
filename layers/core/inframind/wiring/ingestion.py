"""The part of `wiring` that concerns logs: ask `wiring` for what is made here."""

from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind.ports.detection import BankStore
    from inframind.ports.ingestion import Clusters, LineStore, LogQueue


@cache
def log_queue() -> "LogQueue":
    """LogsQueue."""
    from inframind.adapters.ingestion.sqs_logs import SqsLogs
    from inframind.wiring import client

    return SqsLogs(client("sqs"), settings().logs_queue_url)


@cache
def log_states() -> "BankStore":
    """What the miner knows of each shard's logs."""
    from inframind.adapters.detection.s3_banks import S3Banks
    from inframind.wiring import client

    return S3Banks(client("s3"), settings().bank_bucket, "templates/")


@cache
def lines() -> "LineStore":
    """Log lines at rest."""
    from inframind.adapters.ingestion.s3_lines import S3Lines
    from inframind.wiring import client

    return S3Lines(client("s3"), settings().bank_bucket)


def clusters() -> "Clusters":
    """What groups the lines of one service; a new one each time."""
    from inframind.adapters.ingestion.drain3_clusters import Drain3Clusters

    return Drain3Clusters()
