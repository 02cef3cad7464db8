"""Every five minutes -> a look for series that have stopped arriving, ordered from the scorer of every shard.

The order stands behind the samples that came before it in the shard's queue: what waits there is not missing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inframind import wiring
from inframind.detection.commands import Look, text
from inframind.entry import Event, schedule
from inframind.records import to_ms
from inframind.settings import settings

MINUTE_MS = 60_000  # run twice within a minute, it gives one order


@schedule("detection")
def handler(_event: Event) -> Mapping[str, Any]:
    """Orders the look."""
    now_ms = to_ms(datetime.now(UTC))
    order = text(Look(at_ms=now_ms - now_ms % MINUTE_MS))
    shards = settings().shards
    wiring.score_queue().order(dict.fromkeys(range(shards), order))
    return {"shards": shards}
