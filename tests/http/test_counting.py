import pytest

from inframind.http.counting import MATCHED, request_counts
from tests.http_events import event

ROUTE = "GET /api/v1/sla/{proxy+}"


@pytest.mark.parametrize(
    ("seconds", "bucket"), [(0.0, "0.005"), (0.005, "0.005"), (0.0051, "0.01"), (5.0, "5.0"), (5.1, "+Inf")]
)
def test_a_request_falls_into_the_first_bucket_that_holds_it(seconds: float, bucket: str) -> None:
    counts = request_counts(event("GET", "/api/v1/sla/a/b/risk", route=ROUTE), 200, seconds)
    (found,) = [dict(labels)["le"] for name, labels in counts if name.endswith("_bucket")]
    assert found == bucket


def test_every_label_set_is_sorted_as_counters_are_keyed() -> None:
    for _, labels in request_counts(event("GET", "/a", route="GET /a"), 200, 0.1):
        assert list(labels) == sorted(labels)


def test_the_path_an_application_matched_wins_over_the_gateways_greedy_route() -> None:
    request = event("GET", "/api/v1/sla/a/b/risk", route=ROUTE)
    assert paths(request) == {"/api/v1/sla/{proxy+}"}
    assert paths(request | {MATCHED: "/api/v1/sla/{resource_id}/risk"}) == {"/api/v1/sla/{resource_id}/risk"}
    assert paths(event("GET", "/nowhere")) == {"unmatched"}


def paths(request: dict[str, object]) -> set[str]:
    return {dict(labels)["path"] for _, labels in request_counts(request, 200, 0.1)}
