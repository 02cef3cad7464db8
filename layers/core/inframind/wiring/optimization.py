"""The part of `wiring` that concerns builds and the models that learn from them: ask `wiring` for what is made here."""

from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind import build_ports, model_ports


@cache
def build_queue() -> "build_ports.BuildQueue":
    """BuildsQueue."""
    from inframind.adapters.sqs_builds import SqsBuilds
    from inframind.wiring import client

    return SqsBuilds(client("sqs"), settings().builds_queue_url)


@cache
def builds() -> "build_ports.BuildStore":
    """Builds, and what was suggested for them."""
    from datetime import timedelta

    from inframind.adapters.dynamo_builds import DynamoBuilds
    from inframind.wiring import client

    kept = timedelta(days=settings().build_retention_days)
    return DynamoBuilds(client("dynamodb"), settings().builds_table, kept)


@cache
def models() -> "model_ports.ModelStore":
    """Models and their versions."""
    from inframind.adapters.s3_models import S3Models
    from inframind.wiring import client

    return S3Models(client("s3"), settings().bank_bucket)


@cache
def training_queue() -> "model_ports.TrainingQueue":
    """Orders to train now."""
    from inframind.adapters.sqs_training import SqsTraining
    from inframind.wiring import client

    return SqsTraining(client("sqs"), settings().training_queue_url)
