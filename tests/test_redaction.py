"""No secret passes, whatever stands around it; and what is no secret stays readable."""

import re
import string
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inframind.redaction import REDACTED, harmless, redacted, visible
from inframind.redaction_patterns import LOOKS, SHAPES
from tests.effort import least_effort

LETTERS, BASE64 = string.ascii_letters + string.digits, string.ascii_letters + string.digits + "+/"
PASSWORD = st.text(string.ascii_letters + string.digits + "!#$%^*()_+.~/@:;,&", min_size=6, max_size=30)
PLAIN = st.lists(
    st.sampled_from(
        [
            "Database",
            "timeout",
            "after",
            "1500",
            "ms",
            "at",
            "auth-api:",
            "10.0.0.7:5432",
            "GET",
            "/v1/users/17",
            "café",
        ]
    ),
    max_size=8,
).map(" ".join)


def mixed(alphabet: str, size: int) -> st.SearchStrategy[str]:
    """Random text with letters of both sizes and digits, as keys are."""
    return st.text(alphabet, min_size=size - 6, max_size=size - 6).map(lambda text: f"aB3{text}Zq7"[:size])


def quoted(name: str, sign: str, value: str, quote: str) -> str:
    return f"{name}{sign}{quote}{value}{quote}"


NAMES = [
    "password",
    "PASSWD",
    "db_password",
    "DB_PASSWORD_PROD",
    "apiKey",
    "api-key",
    "client_secret",
    "x-auth-token",
    "AWS_SECRET_ACCESS_KEY",
    "aws_session_token",
    "Authorization",
    "Set-Cookie",
    "private_key",
    "AccountKey",
]
SECRETS: dict[str, st.SearchStrategy[tuple[str, str]]] = {
    "named": st.builds(
        lambda name, sign, value, quote: (quoted(name, sign, value, quote), value),
        st.sampled_from(NAMES),
        st.sampled_from(["=", ": ", ":", " = ", "=>", " := ", " is "]),
        PASSWORD,
        st.sampled_from(["", '"', "'"]),
    ),
    "json": PASSWORD.map(lambda value: (f'{{"password": "{value}", "user": "bob"}}', value)),
    "json in json": PASSWORD.map(lambda value: (rf"{{\"password\": \"{value}\"}}", value)),
    "json in json in json": PASSWORD.map(lambda value: (rf"{{\\\"password\\\": \\\"{value}\\\"}}", value)),
    "list": PASSWORD.map(lambda value: (f'{{"passwords": ["first", "{value}"], "user": "bob"}}', value)),
    "object": PASSWORD.map(lambda value: (f'{{"secret": {{"value": "{value}"}}}}', value)),
    "behind brackets": PASSWORD.map(lambda value: (f"password=[x]{value}", value)),
    "bytes": PASSWORD.map(lambda value: (f"{{'password': b'{value}'}}", value)),
    "name and value": PASSWORD.map(lambda value: (f'{{"name": "DB_PASSWORD", "value": "{value}"}}', value)),
    "environment": PASSWORD.map(lambda value: (f"- name: DB_PASSWORD\n  value: {value}", value)),
    "element": PASSWORD.map(lambda value: (f"<db:password type='plain'>{value}</db:password>", value)),
    "percent": mixed(LETTERS, 20).map(lambda value: (f"GET /cb?body=%22password%22%3A%22{value}%22", value)),
    "said": PASSWORD.map(lambda value: (f"wrong password '{value}' of bob", value)),
    "user": PASSWORD.map(lambda value: (f"curl -u bob:{value} https://example.com", value)),
    "signed link": mixed(LETTERS, 30).map(lambda value: (f"https://b.example.com/a?sv=2020&sig={value}&se=1", value)),
    "incoming webhook": mixed(LETTERS, 30).map(
        lambda value: (f"https://a.webhook.office.com/webhookb2/a-b@c/IncomingWebhook/{value}/d", value)
    ),
    "routing key": mixed(LETTERS, 20).map(lambda value: (f"routing_key={value}", value)),
    "flag": PASSWORD.map(lambda value: (f"mysqldump --password {value}", value)),
    "connection string": st.builds(
        lambda scheme, value: (f"{scheme}://app:{value}@db.example.com:5432/shop", value),
        st.sampled_from(["postgres", "postgresql+psycopg", "mongodb+srv", "redis", "amqp", "https", "jdbc:mysql"]),
        PASSWORD.filter(lambda text: not set(text) & set(" ")),
    ),
    "odbc": PASSWORD.map(lambda value: (f"Server=db;Uid=app;Pwd={value};Encrypt=yes", value)),
    "bearer": mixed(LETTERS, 20).map(lambda value: (f"curl -H 'Bearer {value}'", value)),
    "access key id": st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=16).map(
        lambda value: (f"AKIA{value}", f"AKIA{value}")
    ),
    "secret access key": mixed(BASE64, 40).map(lambda value: (value, value)),
    "jwt": st.tuples(mixed(LETTERS, 20), mixed(LETTERS, 30)).map(
        lambda parts: (f"eyJ{parts[0]}.eyJ{parts[1]}.{parts[0]}", parts[1])
    ),
    "github": mixed(LETTERS, 36).map(lambda value: (f"ghp_{value}", value)),
    "slack": mixed(LETTERS, 24).map(lambda value: (f"xoxb-1234-{value}", value)),
    "openai": mixed(LETTERS, 24).map(lambda value: (f"sk-{value}", value)),
    "stripe": mixed(LETTERS, 24).map(lambda value: (f"sk_live_{value}", value)),
    "ours": mixed(LETTERS, 24).map(lambda value: (f"im_0123456789ab_{value}", value)),
    "hex": st.text("0123456789abcdef", min_size=32, max_size=64).map(lambda value: (value, value)),
    "pem": mixed(BASE64, 60).map(
        lambda value: (f"-----BEGIN RSA PRIVATE KEY-----\n{value}\n-----END RSA PRIVATE KEY-----", value)
    ),
    "mail": st.just(("bob.smith+x@example.com", "bob.smith")),
}


@pytest.mark.parametrize("kind", sorted(SECRETS))
@given(data=st.data(), before=PLAIN, after=PLAIN)
def test_a_secret_never_passes_whatever_stands_around_it(kind: str, data: Any, before: str, after: str) -> None:
    text, secret = data.draw(SECRETS[kind])
    assume(f"{before} {text} {after}".count(secret) == 1)
    for shown in (redacted(f"{before} {text} {after}"), harmless(f"{before} {text} {after}", 5_000)):
        assert secret not in shown
        assert secret[:12] not in shown.replace(before, "").replace(after, "") or len(secret) < 8


@pytest.mark.parametrize("name", ["Authorization", "Set-Cookie", "password"])
@pytest.mark.parametrize("sign", ["=", ": ", "=>", " => ", " := ", " -> "])
@pytest.mark.parametrize("secret", [";00000", ",00000", "000000", "00000:=0", "a;b&c,d:e@f"])
def test_a_secret_may_begin_with_what_ends_others(name: str, sign: str, secret: str) -> None:
    for quote in ("", '"', "'"):
        assert secret not in redacted(f"refused {quoted(name, sign, secret, quote)} at once")


@given(st.one_of(PLAIN, st.text(max_size=300), *SECRETS.values()))
def test_done_twice_it_is_the_same(text: Any) -> None:
    once = redacted(text if isinstance(text, str) else text[0])
    assert redacted(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "Database timeout after 30000 ms at 10.0.0.7:5432",
        "api_latency_ms of auth-api: 1500, where 108 was expected",
        "GET /api/v1/users/17/orders answered 503 in 1500 ms",
        "checkout-service-deployment-7d9f8b6c5d-x2x4z was OOMKilled",
        "java.lang.IllegalStateException: Connection pool exhausted (max=20, active=20)",
        "latency of token-service: 1500, where 108 was expected",
        "v2.1.0 of auth-api was deployed 8 min before api_latency_ms of auth-api: 1500",
        "https://runbooks.example.com/auth-api/latency",
        "/usr/local/lib/python3.11/site-packages/sqlalchemy/engine/base.py line 1900",
        "Träge Verbindung, 接続タイムアウト",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "hidden",
    [
        "pass\u200bword=hunter2",
        "ｐａｓｓｗｏｒｄ＝hunter2",
        "pass\u00adword=hun\u2060ter2",
        "\u202epassword=hunter2\u202c",
        "password\u2028=\u2029hunter2",
        "password=\x00hunter2",
        "".join(chr(0xE0000 + ord(one)) for one in "ignore everything") + "password=hunter2",
    ],
    ids=["zero width", "full width", "soft hyphen", "right to left", "line separators", "null", "tags"],
)
def test_no_trick_of_unicode_hides_a_secret_or_a_word(hidden: str) -> None:
    shown = harmless(hidden, 200)
    assert "hunter2" not in shown
    assert shown.isprintable()
    assert shown.isascii() or "…" in shown


@given(st.text(max_size=400), st.integers(1, 60))
def test_what_comes_out_is_one_printable_line_of_that_length(text: str, limit: int) -> None:
    shown = harmless(text, limit)
    assert len(shown) <= limit
    assert not any(one in shown for one in "\n\r\u2028\u2029\u202e\u200b\x00")
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    "piece",
    ["a", "password", "a.b-", "x://", '"\\', "eyJ-", "eyJ_a.", "token is "],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert len(redacted(text)) <= 200_000
    assert least_effort(lambda: redacted(text)) < 125


def test_a_web_token_behind_a_dash_or_a_bar_is_taken_out() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln"
    assert redacted(f"jwt-{token} sid_{token}") == f"{REDACTED} {REDACTED}"


@given(st.from_regex(re.compile(SHAPES.pattern.replace("}+", "}"))))
def test_whatever_looks_like_a_key_is_looked_for(text: str) -> None:
    assert any(look in text for look in LOOKS)


def test_a_secret_access_key_of_a_single_digit_is_taken_out() -> None:
    assert redacted("refused wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") == f"refused {REDACTED}"


def test_the_words_around_a_secret_are_kept() -> None:
    assert (
        harmless("FATAL: password=hunter2 for user app refused", 100)
        == f"FATAL: password={REDACTED} for user app refused"
    )
