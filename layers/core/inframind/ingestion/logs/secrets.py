"""What must not be shown of a line: passwords, tokens and keys, as far as their looks or their names give them away.

Keys look alike everywhere (`inframind.redacting`). What stands beside a name is judged more narrowly than there, and
ids and addresses stay: people search lines for them. And it has to be done for every line: a microsecond or two.
"""

import re

from inframind.redacting import LOOKS, PEM, SHAPES

HIDDEN = "<SECRET>"
NAMES = ("pass", "pwd", "secret", "token", "key", "credential", "session", "cookie")
NAMED = re.compile(
    r"((?:passwords?|passwd|passphrase|pwd|secrets?(?:[_-]?(?:access[_-]?)?key)?|tokens?|api[_-]?key|"
    r"access[_-]?key(?:[_-]?id)?|account[_-]?key|private[_-]?key|credentials?|session[_-]?id|cookie)"
    r"\\{0,7}[\"']?\s*(?:=>|[=:])\s*\\{0,7})"
    r"(\"[^\"]*\"|'[^']*'|(?!<SECRET>)[^\s,;&\"')}\]]+)",
    re.IGNORECASE,
)
SCHEMES = re.compile(
    r"(?i)\b((?:authorization[\"']?\s*[:=]\s*[\"']?)?(?:bearer|basic|digest|aws4-hmac-sha256)\s+)([^\s\"',;]{6,})"
)
AUTHORIZATION = re.compile(
    r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?)(?!bearer|basic|digest|aws4|<SECRET>)([^\s\"',;]+)"
)
IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,100}:)([^\s/]{1,200})(?=@)", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text with secrets replaced by `<SECRET>`.

    >>> redacted("login password=hunter2 for admin")
    'login password=<SECRET> for admin'
    >>> redacted("GET / Authorization: Bearer abcdef123456")
    'GET / Authorization: Bearer <SECRET>'
    >>> redacted("postgres://app:s3cret@db-1:5432/orders")
    'postgres://app:<SECRET>@db-1:5432/orders'
    """
    low = text.lower()
    if "private key" in low:
        text = PEM.sub(HIDDEN, text)
    if any(look in text for look in LOOKS):
        text = SHAPES.sub(HIDDEN, text)
    if "://" in text and "@" in text:
        text = IN_URL.sub(rf"\1{HIDDEN}", text)
    if "bearer" in low or "basic" in low or "digest" in low or "aws4" in low:
        text = SCHEMES.sub(rf"\1{HIDDEN}", text)
    if "authorization" in low:
        text = AUTHORIZATION.sub(rf"\1{HIDDEN}", text)
    if ("=" in text or ":" in text) and any(name in low for name in NAMES):
        text = NAMED.sub(_kept_quotes, text)
    return text


def _kept_quotes(found: re.Match[str]) -> str:
    value = found[2]
    quote = value[0] if value[:1] in ("'", '"') else ""
    return f"{found[1]}{quote}{HIDDEN}{quote}"
