"""The part of `wiring` that concerns builds and the models that learn from them: ask `wiring` for what is made here."""

from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind.ports.optimization import BuildQueue, BuildStore, ModelStore, TrainingQueue


@cache
def build_queue() -> "BuildQueue":
    """BuildsQueue."""
    from inframind.adapters.optimization.sqs_builds import SqsBuilds
    from inframind.wiring import client

    return SqsBuilds(client("sqs"), settings().builds_queue_url)


@cache
def builds() -> "BuildStore":
    """Builds, and what was suggested for them."""
    from datetime import timedelta

    from inframind.adapters.optimization.dynamo_builds import DynamoBuilds
    from inframind.wiring import client

    kept = timedelta(days=settings().build_retention_days)
    return DynamoBuilds(client("dynamodb"), settings().builds_table, kept)


@cache
def models() -> "ModelStore":
    """Models and their versions."""
    from inframind.adapters.optimization.s3_models import S3Models
    from inframind.wiring import client

    return S3Models(client("s3"), settings().bank_bucket)


@cache
def training_queue() -> "TrainingQueue":
    """Orders to train now."""
    from inframind.adapters.optimization.sqs_training import SqsTraining
    from inframind.wiring import client

    return SqsTraining(client("sqs"), settings().training_queue_url)
