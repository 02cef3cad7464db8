"""Counts every request of a function, in counters that outlive the instance."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from inframind import entry, wiring
from inframind.errors import Unavailable
from inframind.ports.paging import CounterKey

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"  # the path label of whatever no route takes
MATCHED = "inframind.matched"  # where an application leaves the template of the path it matched
Handler = Callable[[entry.Event, Any], entry.Event]


def counted(word: str, handle: Handler) -> Handler:
    """`handle`, with each request added to `http_requests_total` and `http_request_duration_seconds`.

    The path label is the template of the path that the application matched, else API Gateway's route: both are
    closed sets, so that resource ids never become labels.
    Counting that fails is logged and forgotten; the caller gets the answer all the same.
    """
    log = entry.logger(word)

    def handler(event: entry.Event, context: Any) -> entry.Event:
        started = perf_counter()
        answer = handle(event, context)
        seconds, status = perf_counter() - started, int(answer["statusCode"])
        log.debug("request answered", route=_path(event), status=status, ms=round(1e3 * seconds, 1))
        counts = request_counts(event, status, seconds)
        try:
            wiring.counters().add(counts)
        except Unavailable as failed:
            log.warning("request not counted", reason=failed.detail)
        return answer

    return handler


def request_counts(event: entry.Event, status: int, seconds: float) -> dict[CounterKey, float]:
    """What one request adds: one to its status, its seconds, and one to its duration bucket.

    Buckets are kept apart here and summed up when read: one request touches one bucket.
    """
    labels = (("method", _method(event)), ("path", _path(event)))
    bucket = next((str(limit) for limit in BUCKETS_S if seconds <= limit), "+Inf")
    return {
        ("http_requests_total", (*labels, ("status", str(status)))): 1.0,
        ("http_request_duration_seconds_sum", labels): seconds,
        ("http_request_duration_seconds_bucket", (("le", bucket), *labels)): 1.0,
    }


def _method(event: entry.Event) -> str:
    method = event["requestContext"]["http"]["method"]
    return method if method in METHODS else "OTHER"


def _path(event: entry.Event) -> str:
    return event.get(MATCHED) or event["routeKey"].partition(" ")[2] or UNMATCHED
