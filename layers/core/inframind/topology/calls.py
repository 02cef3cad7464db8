"""Who calls whom, read from the names of series: labels of span metrics, service graphs, meshes and HTTP clients.

A name is looked at once, when it is first seen; of most names a search for bytes says that there is nothing in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from inframind.identity import SeriesId, service_of
from inframind.topology.naming import wrong_with

PAIRS = (
    ("source_workload", "destination_workload"),  # Istio
    ("source_canonical_service", "destination_canonical_service"),
    ("deployment", "dst_deployment"),  # Linkerd, outbound
    ("downstream", "upstream"),
)
"""Labels that name caller and callee."""
GRAPH = ("client", "server")
GRAPH_PREFIX = "traces_service_graph_"  # of Tempo and the OpenTelemetry collector; elsewhere the labels mean others
PEERS = ("peer.service", "peer_service")
"""Labels that name whom the series' own service calls."""
ADDRESSES = ("server.address", "server_address", "net.peer.name", "net_peer_name")
"""The same by host name; servers say it of themselves, so only on metrics of clients."""
KINDS = ("span.kind", "span_kind")
RECEIVING = ("SERVER", "CONSUMER")  # spans whose peer is the caller, or neither

MARKED = re.compile(
    rb"\0(?:%s)\0"
    % b"|".join(re.escape(label.encode()) for label in (*(p[1] for p in PAIRS), GRAPH[1], *PEERS, *ADDRESSES))
)


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """Caller and callee; `is_address`: the callee is the first part of a host name, and may be no service."""

    caller: str
    callee: str
    is_address: bool = False


def calls_in(resource: str, names: Iterable[bytes]) -> frozenset[Call]:
    """The calls that the names of a resource's series tell of.

    >>> name = SeriesId("web", "http.client.request.duration", (("server.address", "auth.prod.svc:8080"),)).to_bytes()
    >>> sorted(calls_in("web", [b"up", name]))
    [Call(caller='web', callee='auth', is_address=True)]
    """
    marked = (SeriesId.from_bytes(resource, name) for name in names if MARKED.search(name))
    return frozenset(call for series in marked for call in _told_by(series) if _is_one(call))


def _told_by(series: SeriesId) -> Iterable[Call]:
    labels = dict(series.labels)
    for caller, callee in PAIRS:
        if caller in labels and callee in labels:
            yield Call(labels[caller], labels[callee])
    if series.metric.startswith(GRAPH_PREFIX) and not _is_outsider(labels):
        yield Call(labels.get(GRAPH[0], ""), labels.get(GRAPH[1], ""))
    own = service_of(series.resource, labels)
    kind = next((labels[name] for name in KINDS if name in labels), "")
    if not kind.upper().endswith(RECEIVING):
        yield from (Call(own, labels[name]) for name in PEERS if name in labels)
    if "client" in series.metric:
        yield from (Call(own, _host(labels[name]), is_address=True) for name in ADDRESSES if name in labels)


def _is_outsider(labels: dict[str, str]) -> bool:
    """Whether the client of a service graph stands for callers without instrumentation."""
    return labels.get("connection_type") == "virtual_node" and labels.get(GRAPH[0]) == "user"


def _host(address: str) -> str:
    """The first part of a host name; nothing of an address in numbers."""
    first = address.split(":", 1)[0].split(".", 1)[0]
    return "" if first.isdigit() or address.count(":") > 1 else first


def _is_one(call: Call) -> bool:
    return call.caller != call.callee and not wrong_with(call.caller) and not wrong_with(call.callee)
