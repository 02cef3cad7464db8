"""Joins the port of backfills to its adapter."""

from functools import cache
from typing import TYPE_CHECKING

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind.backfill_ports import BackfillStore


@cache
def backfills() -> "BackfillStore":
    """How far backfills have come."""
    from inframind.adapters.dynamo_backfills import DynamoBackfills
    from inframind.wiring import client

    return DynamoBackfills(client("dynamodb"), settings().detectors_table)
