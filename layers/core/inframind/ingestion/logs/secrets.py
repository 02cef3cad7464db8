"""What must not be shown of a line: passwords, tokens and keys, as far as their looks or their names give them away."""

import re

HIDDEN = "<SECRET>"
NAMES = ("pass", "pwd", "secret", "token", "key", "credential", "session", "cookie")
LOOKS = ("AKIA", "ASIA", "eyJ", "gh", "glpat-", "xox", "sk-", "sk_", "im_", "hooks.slack")
"""Without one of these a line holds no secret that its name, or its looks, would give away; most lines hold none."""
NAMED = re.compile(
    r"((?:passwords?|passwd|passphrase|pwd|secrets?(?:[_-]?(?:access[_-]?)?key)?|tokens?|api[_-]?key|"
    r"access[_-]?key(?:[_-]?id)?|private[_-]?key|credentials?|session[_-]?id|cookie)[\"']?\s*(?:=>|[=:])\s*)"
    r"(\"[^\"]*\"|'[^']*'|(?!<SECRET>)[^\s,;&\"')}\]]+)",
    re.IGNORECASE,
)
SCHEMES = re.compile(
    r"(?i)\b((?:authorization[\"']?\s*[:=]\s*[\"']?)?(?:bearer|basic|digest|aws4-hmac-sha256)\s+)([^\s\"',;]{6,})"
)
AUTHORIZATION = re.compile(
    r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?)(?!bearer|basic|digest|aws4|<SECRET>)([^\s\"',;]+)"
)
IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,100}:)([^\s/@]{1,200})(?=@)", re.IGNORECASE)
BY_LOOKS = re.compile(
    r"\b(?:A[KS]IA[0-9A-Z]{16}\b"  # AWS access key ids
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{8,}|sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_\w{10,}"
    r"|im_[0-9a-f]{8,}_\w{8,})"
    r"|hooks\.slack\.com/services/[\w/]+"
    r"|(?<![\w-])(?=(?:[\w-]*-)?eyJ)[\w-]{11,}+\.[\w-]{4,}+\.[\w-]*"  # JSON web tokens: a run is looked at once
)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


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
        text = PRIVATE_KEY.sub(HIDDEN, text)
    if any(look in text for look in LOOKS):
        text = BY_LOOKS.sub(HIDDEN, text)
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
