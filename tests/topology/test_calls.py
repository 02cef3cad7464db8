"""Which names of series tell of a call between services, and which do not."""

import pytest

from inframind.identity import SeriesId
from inframind.topology.calls import Call, calls_in


def told(metric: str, **labels: str) -> set[tuple[str, str, bool]]:
    """What one series tells, its labels written with `_` for `.` where they start with one."""
    series = SeriesId.of(metric, {name.replace("__", "."): value for name, value in labels.items()})
    found = calls_in(series.resource, [b"up", series.to_bytes()])
    return {(one.caller, one.callee, one.is_address) for one in found}


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        ("traces_service_graph_request_total", {"client": "web", "server": "auth", "job": "tempo"}),
        ("istio_requests_total", {"source_workload": "web", "destination_workload": "auth", "instance": "pod"}),
        ("istio_tcp_bytes", {"source_canonical_service": "web", "destination_canonical_service": "auth"}),
        ("request_total", {"deployment": "web", "dst_deployment": "auth", "direction": "outbound"}),
        ("proxy_requests", {"downstream": "web", "upstream": "auth"}),
        (
            "traces_spanmetrics_calls_total",
            {"service": "web", "peer__service": "auth", "span_kind": "SPAN_KIND_CLIENT"},
        ),
        ("calls", {"service__name": "web", "peer_service": "auth"}),
        ("calls", {"resource_id": "pod-1", "service_name": "web", "peer_service": "auth"}),
    ],
    ids=["tempo", "istio", "istio canonical", "linkerd", "proxy", "span metrics", "otlp", "behind a resource"],
)
def test_labels_that_name_both_ends_tell_of_a_call(metric: str, labels: dict[str, str]) -> None:
    assert told(metric, **labels) == {("web", "auth", False)}


@pytest.mark.parametrize("address", ["auth", "auth:8080", "auth.prod.svc.cluster.local", "auth.prod:443"])
def test_an_address_that_a_client_calls_may_be_a_service(address: str) -> None:
    for metric in ("http.client.request.duration", "http_client_request_duration_seconds_count"):
        assert told(metric, service="web", server__address=address) == {("web", "auth", True)}


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        ("up", {"job": "node"}),
        ("kafka_requests", {"client": "web", "server": "broker", "service": "kafka"}),
        ("http_server_request_duration_seconds_count", {"service": "web", "server_address": "auth"}),
        ("http_client_requests", {"service": "web", "server_address": "10.0.0.7:80"}),
        ("http_client_requests", {"service": "web", "server_address": "fe80::1"}),
        ("http_client_requests", {"service": "web", "server_address": "web.prod"}),
        ("calls", {"service": "web", "peer_service": "auth", "span_kind": "SPAN_KIND_SERVER"}),
        ("istio_requests_total", {"source_workload": "unknown", "destination_workload": "auth"}),
        ("istio_requests_total", {"source_workload": "web", "destination_workload": "x" * 300}),
        (
            "traces_service_graph_request_total",
            {"client": "user", "server": "web", "connection_type": "virtual_node"},
        ),
        ("notes", {"service": "web", "text": "peer.service"}),
    ],
    ids=lambda one: None,
)
def test_other_names_tell_of_none(metric: str, labels: dict[str, str]) -> None:
    assert told(metric, **labels) == set()


def test_a_resource_with_many_names_is_searched_in_one_go() -> None:
    names = [SeriesId("pod", "m", (("client", f"c{n}"), ("server", "s"))).to_bytes() for n in range(100)]
    graph = SeriesId("pod", "traces_service_graph_request_total", (("client", "a"), ("server", "b"))).to_bytes()
    assert calls_in("pod", [*names, graph]) == {Call("a", "b")}
