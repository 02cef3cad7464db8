"""Metrics as JSON: the resource form, the MetricPoint form, a list of either, and the same as `{"metrics": [...]}`.

An entry is taken whole or refused whole, with every one of its faults named. Fields that are not known are ignored.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inframind.errors import Malformed, Rejected, TooLarge
from inframind.ingestion.json_entry import Clock, points
from inframind.ingestion.limits import ENTRIES_LIMIT
from inframind.ingestion.samples import Collector, Samples, Tally
from inframind.ingestion.series_cache import SeriesCache

FORMS = (
    "an object with resource_id and at least one of cpu_usage, memory_usage, gpu_usage; "
    'an object with metric_name and value; a list of these, or {"metrics": [...]}'
)


@dataclass(frozen=True, slots=True)
class Entries:
    """A request's samples, from how many entries, the resource of the last one, and whether it was a batch."""

    samples: Samples
    accepted: int
    resource: str
    is_batch: bool


def read(body: bytes, clock: Clock, cache: SeriesCache, tally: Tally) -> Entries:
    """The samples of a request body; refused entries are tallied by their place.

    Raises `Malformed` for what is not JSON, `Rejected` for JSON that holds no metrics at all.
    """
    document = parsed(body)
    if isinstance(document, dict) and "metrics" not in document:
        return _collected([("", document)], clock, cache, tally)
    batch = document["metrics"] if isinstance(document, dict) else document
    if not isinstance(batch, list) or not batch:
        raise Rejected(f"Send {FORMS}, with at least one entry.")
    if len(batch) > ENTRIES_LIMIT:
        raise TooLarge(f"The batch has {len(batch)} entries; the limit is {ENTRIES_LIMIT}. Send smaller batches.")
    return _collected(((f"metrics[{index}]", entry) for index, entry in enumerate(batch)), clock, cache, tally)


def answer(entries: Entries, tally: Tally) -> dict[str, object]:
    """What a sender is told about entries of which at least one was taken."""
    if not entries.is_batch:
        return {"message": "Metric ingested", "resource_id": entries.resource}
    errors = [{"where": fault.where, "what": fault.what} for fault in tally.faults]
    counts = {"accepted": entries.accepted, "rejected": tally.rejected}
    return {"message": "Metrics ingested", **counts, "errors": errors}


def parsed(body: bytes) -> Any:
    """The JSON of a request body; raises `Malformed`."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise Malformed("The JSON is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from error
    except ValueError as error:
        raise Malformed("The body is not Unicode text, or has a number of thousands of digits.") from error


def _collected(entries: Iterable[tuple[str, Any]], clock: Clock, cache: SeriesCache, tally: Tally) -> Entries:
    collector = Collector()
    accepted, resource, place = 0, "", ""
    for place, entry in entries:
        found, faults = points(entry, clock)
        if faults:
            tally.refuse_all(place, faults)
            continue
        accepted += 1
        for name, time_ms, value in found:
            resource = name.resource
            collector.add(cache.id_of(name), time_ms, value)
    return Entries(collector.samples(), accepted, resource, is_batch=place != "")
