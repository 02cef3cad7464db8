"""Secrets are masked; what only looks a little like one is not."""

import pytest
from hypothesis import given

from inframind.ingestion.logs.secrets import redacted
from tests.effort import least_effort
from tests.ingestion.logs.lines import texts

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2", "hunter2"),
        ("Password: hunter2, retrying", "hunter2"),
        ('{"user": "amy", "password": "hunter 2"}', "hunter 2"),
        ("db_passwd='hunter2'", "hunter2"),
        (r'{"msg": "{\"password\": \"hunter2\", \"user\": \"amy\"}"}', "hunter2"),
        (r'"{\\\"token\\\":\\\"hunter2\\\"}"', "hunter2"),
        ("AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4;EndpointSuffix=b", "Zm9vYmFyYmF6cXV4"),
        ("postgres://app:hun@ter2@db-1:5432/orders", "ter2"),
        ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
        ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("sent header Authorization=q1w2e3r4t5", "q1w2e3r4t5"),
        ("AccessKeyId AKIAIOSFODNN7EXAMPLE is expired", "AKIAIOSFODNN7EXAMPLE"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
        (f"token {JWT} refused", JWT),
        ("api_key=9f8e7d6c5b", "9f8e7d6c5b"),
        ("GET /cb?access_token=s3cr3t&x=1", "s3cr3t"),
        ("https://amy:hunter2@example.com/", "hunter2"),
        ("push with ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"),
        ("push with github_pat_11ABCDEFG0abcdefghijkl", "github_pat_11"),
        ("posted to https://hooks.slack.com/services/T0/B0/XXXX", "T0/B0/XXXX"),
        ("xoxb-1234567890-abcdef", "1234567890"),
        ("key im_0123456789ab_S3cretS3cretS3cret was used", "S3cretS3cret"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY----- read", "MIIEow"),
        ("Set-Cookie: sid=31d4d96e407aad42; Path=/", "31d4d96e407aad42"),
        ("maps asked with AIzaSyA-1234567890abcdefghijk", "AIzaSyA"),
        ("mail by SG.abcdefgh1234.ijklmnop5678", "SG.abcdefgh"),
        ("charged with rk_live_a1b2c3d4e5", "rk_live_a1b2"),
        ("vault opened by hvs.CAESIJabcdefgh123", "hvs.CAES"),
    ],
)
def test_a_secret_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redacted(text)
    assert "<SECRET>" in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "Failed password for root from 10.0.0.1 port 22 ssh2",
        "token expired",
        "session opened for user amy by (uid=0)",
        "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.1",
        "see https://example.com/docs",
        "keyboard layout: us",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


@given(texts(max_size=300))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize(
    "piece", ["password=", "a.a-a", "://x:", "bearer ", "eyJ.", "eyJ-", "authorization:", '"token":"', "-----BEGIN "]
)
def test_no_line_is_slow_to_mask(piece: str) -> None:
    assert least_effort(lambda: redacted(piece * (16_000 // len(piece)))) < 25


def test_a_web_token_is_masked_behind_a_dash_and_with_it() -> None:
    assert redacted(f"session jwt-{JWT}, {JWT}") == "session <SECRET>, <SECRET>"
    assert redacted("eyJabcdefgh without the rest") == "eyJabcdefgh without the rest"
