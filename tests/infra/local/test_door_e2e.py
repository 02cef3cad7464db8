import gzip
import json
import os

import pytest

from infra.local.harness import Platform
from tests.infra.local.conftest import call

pytestmark = pytest.mark.e2e


def test_a_greedy_route_gets_unicode_and_encoded_slashes_decoded(running: Platform) -> None:
    seen = json.loads(call(running, "GET", "/a%20b/%E2%82%AC/x%2Fy+z?q=%20a").body)
    assert seen["route"] == "ANY /{proxy+}"
    assert seen["parameters"] == {"proxy": "a b/€/x/y+z"}
    assert seen["layer"] == "probe"


def test_a_full_match_outranks_the_greedy_route(running: Platform) -> None:
    assert json.loads(call(running, "GET", "/").body)["route"] == "GET /"
    assert call(running, "GET", "/items/absent").status == 404


def test_gzip_json_arrives_inflated(running: Platform) -> None:
    body = gzip.compress('{"a": "é"}'.encode())
    answer = call(running, "POST", "/x", body, content_type="application/json", content_encoding="gzip")
    seen = json.loads(answer.body)
    assert seen["body"].encode("latin-1").decode() == '{"a": "é"}'
    assert "content-encoding" not in seen["headers"]


def test_binary_bodies_pass_byte_for_byte_both_ways(running: Platform) -> None:
    body = bytes(range(256)) * 40 + os.urandom(100_000)
    for kind in ("application/x-protobuf", "application/octet-stream"):
        assert call(running, "POST", "/raw", body, content_type=kind, content_encoding="snappy").body == body


def test_gzip_protobuf_stays_as_it_was_sent(running: Platform) -> None:
    body = gzip.compress(b"\x0a\x00")
    kind = "application/x-protobuf"
    assert call(running, "POST", "/raw", body, content_type=kind, content_encoding="gzip").body == body


def test_a_preflight_is_answered_as_the_template_says(running: Platform) -> None:
    answer = call(running, "OPTIONS", "/x", origin="http://a.test", access_control_request_method="POST")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/crash", "/exit"])
def test_a_crashed_function_is_503_with_retry_after(running: Platform, path: str) -> None:
    answer = call(running, "POST", path)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == 503


def test_a_problem_that_the_function_states_itself_passes(running: Platform) -> None:
    assert call(running, "GET", "/problem").status == 500


@pytest.mark.parametrize("path", ["/_ministack/health", "/_aws/execute-api/x", "/health", "/_localstack/health"])
def test_the_engines_own_paths_are_ordinary_paths_of_the_platform(running: Platform, path: str) -> None:
    assert json.loads(call(running, "GET", path).body)["path"] == path


def test_no_header_steers_a_request_into_another_service_of_the_engine(running: Platform) -> None:
    steering = {
        "host": "bucket.s3.localhost",
        "x_amz_target": "DynamoDB_20120810.ListTables",
        "authorization": "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/dynamodb/aws4_request",
    }
    seen = json.loads(call(running, "POST", "/x", b"{}", **steering).body)
    assert seen["path"] == "/x"
    assert "x-amz-target" not in seen["headers"]


def test_the_body_limit_is_the_gateways(running: Platform) -> None:
    answer = call(running, "POST", "/raw", b"x" * (10 * 2**20 + 1))
    assert answer.status == 413
    assert "10485760" in json.loads(answer.body)["detail"]
