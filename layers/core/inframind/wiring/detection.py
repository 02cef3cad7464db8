"""The part of `wiring` that concerns detection: ask `wiring` for what is made here."""

from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind.detection.detectors.detector import Detector
    from inframind.ports.configuration import ConfigStore
    from inframind.ports.detection import AnomalyStore, BackfillStore, BankStore, ScoreQueue


@cache
def banks() -> "BankStore":
    """Detector state."""
    from inframind.adapters.detection.s3_banks import S3Banks
    from inframind.wiring import client

    return S3Banks(client("s3"), settings().bank_bucket)


@cache
def anomalies() -> "AnomalyStore":
    """Anomalies found."""
    from datetime import timedelta

    from inframind.adapters.detection.dynamo_anomalies import DynamoAnomalies
    from inframind.wiring import client

    kept = timedelta(days=settings().anomaly_retention_days)
    return DynamoAnomalies(client("dynamodb"), settings().anomalies_table, kept)


@cache
def detectors() -> "ConfigStore[Detector]":
    """What people ask of detection."""
    from inframind.adapters.dynamo_config_store import DynamoConfigStore
    from inframind.detection.detectors.detector import Detector
    from inframind.wiring import client

    return DynamoConfigStore(client("dynamodb"), settings().detectors_table, "detectors", Detector)


@cache
def score_queue() -> "ScoreQueue":
    """Frames on their way to the scorer."""
    from inframind.adapters.detection.sqs_score import SqsScoreQueue
    from inframind.wiring import client

    return SqsScoreQueue(client("sqs"), settings().score_queue_url)


@cache
def backfills() -> "BackfillStore":
    """How far backfills have come."""
    from inframind.adapters.detection.dynamo_backfills import DynamoBackfills
    from inframind.wiring import client

    return DynamoBackfills(client("dynamodb"), settings().detectors_table)
