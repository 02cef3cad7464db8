"""The part of `wiring` that concerns the optimizer's models: ask `wiring` for what is made here."""

from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind import model_ports


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
