"""Secrets in log lines are masked, whatever form they stand in; what only looks a little like one is not."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given

from inframind.redaction import pair_without_secrets, redacted, redacted_in, without_secrets
from tests import secret_forms as forms
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
        (f"sent to https://{forms.HEX}@o1.ingest.sentry.io/42", forms.HEX),
        ("vault opened by hvs.CAESIJabcdefgh123", "hvs.CAES"),
        (f"AZURE_STORAGE_KEY={forms.LONG}{forms.RANDOM}==", forms.LONG),
        ("vault write auth/approle/login secret_id=6f1e0d8c-1b2a-4c3d-9e8f-7a6b5c4d3e2f", "7a6b5c4d3e2f"),
        ("CI_TOKEN=ABCDEFGHIJKLMNOPQRSTUVWX", "UVWX"),
    ],
)
def test_a_secret_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in without_secrets(text)
    assert "<SECRET>" in without_secrets(text)


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
    assert without_secrets(text) == text


def in_forms() -> Iterator[tuple[str, str, str]]:
    """Every form with every secret that may stand in it: the kind, the text, the secret."""
    for kind, templates in forms.FORMS.items():
        for template, secret in product(templates, (forms.WORD, forms.RANDOM, forms.LONG)):
            yield kind, template.format(secret), secret
    for secret, template in product(forms.SHAPES.values(), forms.AROUND):
        yield "shapes", template.format(secret), secret
    for template in forms.BLOCKS:
        yield "blocks", template.format(*[forms.PEM_LINE] * template.count("{}")), forms.PEM_LINE
    for said, template in product(map(forms.encoded, forms.BASE64), forms.AROUND):
        yield "base64", template.format(said), said


@pytest.mark.parametrize("kind", [*forms.FORMS, "shapes", "blocks", "base64"])
def test_no_form_of_logs_lets_a_secret_pass(kind: str) -> None:
    of_kind = [(text, secret) for name, text, secret in in_forms() if name == kind]
    assert len(of_kind) >= 8
    assert [text for text, secret in of_kind if secret[-8:] in without_secrets(text)] == []


@pytest.mark.parametrize("kind", [*forms.FORMS, "shapes", "blocks", "base64"])
def test_nor_does_what_leaves_the_house(kind: str) -> None:
    assert [text for name, text, secret in in_forms() if name == kind and secret[-8:] in redacted(text)] == []


@pytest.mark.parametrize("line", forms.ORDINARY)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    assert without_secrets(line) == line


@pytest.mark.parametrize("value", ["my secret phrase", "a,b;c", '"quoted" and more', "{a: b}", "one\ntwo"])
@pytest.mark.parametrize("name", ["password", "db_pass", "api_key", "X-Vault-Token"])
def test_of_a_label_with_a_telling_name_nothing_is_shown(name: str, value: str) -> None:
    assert pair_without_secrets(name, value) == "<SECRET>"
    assert redacted_in({name: value}) == {name: "[redacted]"}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("password", "required", "required"),
        ("token_type", "bearer of news", "bearer of news"),
        ("authorization", "Bearer abc.def-123456", "Bearer <SECRET>"),
        ("line", "token=hunter2 for amy", "token=<SECRET> for amy"),
        ("command", "curl -u amy:hunter2 -v", "curl -u amy:<SECRET> -v"),
        ("url", "https://amy:hunter2@example.com/a", "https://amy:<SECRET>@example.com/a"),
        ("AKIAIOSFODNN7EXAMPLE", "of amy", "<SECRET>"),
    ],
)
def test_of_any_other_label_what_is_no_secret_is_shown(name: str, value: str, shown: str) -> None:
    assert pair_without_secrets(name, value) == shown


def test_masking_a_form_twice_is_masking_it_once() -> None:
    for _, text, _ in in_forms():
        assert without_secrets(without_secrets(text)) == without_secrets(text)
        assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "SecretAccessKey", "aws_session_token"])
def test_the_secrets_of_a_cloud_are_masked_by_their_names(name: str) -> None:
    for secret in (forms.AWS_SECRET, forms.SESSION):
        for text in (f"{name}={secret}", f'{{"{name}": "{secret}"}}', f"{name} = {secret} was refused"):
            assert secret[-8:] not in without_secrets(text)


@given(texts(max_size=300))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert without_secrets(without_secrets(text)) == without_secrets(text)


@pytest.mark.parametrize(
    "piece",
    [
        *("password=", "a.a-a", "://x:", "bearer ", "eyJ.", "eyJ-", "authorization:", '"token":"', "-----BEGIN "),
        *("mysql ", "login -", "redis-cli -u ", "cookie=a;", "cookie a=b;", "AUTH ", "--password ", "--token-"),
        *('("password", ', 'Authorization: a="b",', "secret[", "tokens: {'a", "a?key=a1", "aA1/", "abcQ~", "<token "),
        *("jdbc:oracle:thin:a/", "password is ", "password value=", " -u a", "private key-----BEGIN RSA PRIVATE KEY"),
    ],
)
def test_no_line_is_slow_to_mask(piece: str) -> None:
    assert least_effort(lambda: without_secrets(piece * (16_000 // len(piece)))) < 60


def test_a_web_token_is_masked_behind_a_dash_and_with_it() -> None:
    assert without_secrets(f"session jwt-{JWT}, {JWT}") == "session <SECRET>, <SECRET>"
    assert without_secrets("eyJabcdefgh without the rest") == "eyJabcdefgh without the rest"
