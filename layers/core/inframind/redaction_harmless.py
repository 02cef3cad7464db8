"""What looks by its name as if a secret stood beside it, and is none: counts, names of secrets, words about them."""

import re

SCHEMES = {
    *("bearer", "basic", "digest", "token", "apikey", "api-key", "geniekey", "negotiate", "ntlm", "ssws", "key"),
    *("hmac", "oauth", "signature", "mac", "hawk", "aws4-hmac-sha256", "sharedkey", "sharedaccesssignature", "splunk"),
}
"""Whatever follows one of these behind `Authorization:` is secret; what else stands there has to look like it."""
NAMES = re.compile(
    r"(?:_|-|\.)?(?:ids?|(?:hash_)?rounds|type|count|expir\w*|file\w*|path|policy|reset\w*|length|len|ttl|age|ur[li]|"
    r"endpoint|arn|refs?|version|required|changed|used|limit|bucket|usage|tries|attempts|fields?|consent|manager|stdin|"
    r"name|names|service|provider|encoder|validator|handler|filter|store|exception|error|java|py|go|js|izers?|ization|"
    r"ary|latency|rate)(?![a-z])",
    re.IGNORECASE,
)
"""What may stand behind a name of something secret and says that it is not the secret itself."""
SECRET_ID = re.compile(r"secret[_-]?id", re.IGNORECASE)  # of an AppRole, which opens a vault
WORDS = {
    *("required", "none", "null", "nil", "true", "false", "yes", "no", "ok", "expired", "invalid"),
    *("missing", "empty", "unset", "set", "not", "expected", "refused", "undefined", "disabled"),
    *("enabled", "changed", "updated", "refreshed", "found", "read-only", "kerberos", "secret"),
    *("wrong", "incorrect", "correct", "valid", "too", "weak", "denied", "rejected", "accepted"),
    *("granted", "allowed", "ready", "unknown", "optional", "default"),
}
"""What is said of a secret, where its value would stand."""
REFERENCE = re.compile(r"\$(?:\{[^{}]*\}?|[A-Za-z_]\w*)")  # a variable of a shell or a template: where a secret is
NAMESPACED = re.compile(r"[a-z0-9-]{1,63}/[a-z0-9.-]{1,253}")  # the name of a secret, as Kubernetes writes it
NUMBER = re.compile(r"[\d.,]{1,12}[%kKMGms]{0,2}")
FEW = re.compile(r"\d{1,3}(?:[a-z%]{1,2})?")  # a count, or an age
COUNTED = ("tokens", "secrets", "passwords", "credentials")  # how many, where a number follows
ACCOUNT = re.compile(r"[A-Za-z0-9+/]{40}")
ROUTING = 20  # characters of a key of PagerDuty, at least
SHORT = 16  # letters alone, fewer than these, are a word


def only_speaks_of_one(found: re.Match[str]) -> bool:
    """Whether the rest of the name says so; an s may be the plural's, or begin a word: TokenService."""
    rests = (found["more"], f"s{found['more']}") if found["name"][-1] in "sS" else (found["more"],)
    return any(map(NAMES.match, rests)) and not SECRET_ID.fullmatch(found["name"] + found["more"].rstrip("\\\"'"))


def is_sentence(found: re.Match[str]) -> bool:
    """Whether a header's value is no credential but words: `authorization: allowed by policy`, `cookies: disabled`."""
    value, scheme = found["value"], found.groupdict().get("scheme")
    if not value.isalpha() or (scheme or "").lower() in SCHEMES:
        return False
    return value.lower() in WORDS or (scheme or "").lower() in WORDS or (scheme is not None and _is_word(value))


def is_harmless(found: re.Match[str], value: str) -> bool:
    """Whether the value that stands beside a secret's name is none."""
    name = found["name"].lower()
    if value.lower() in WORDS or REFERENCE.fullmatch(value) or value.startswith("[{"):
        return True
    if not any(map(str.isalnum, value)) or (name == "token" and value.isupper() and _is_word(value)):
        return True  # what a parser met
    return _is_count(found, name, value) or _is_place(found, name, value)


def _is_count(found: re.Match[str], name: str, value: str) -> bool:
    sign = found["sign"].strip().lower()
    if NUMBER.fullmatch(value) and name in COUNTED:
        return True
    if FEW.fullmatch(value) and (name == "pass" or sign in ("is", "was")):
        return True
    return name == "pass" and sign.startswith(":") and (value.isalpha() or not any(map(str.isalpha, value)))


def _is_place(found: re.Match[str], name: str, value: str) -> bool:
    """Whether it says where something is: a folder, a queue, a secret by its name."""
    if name.startswith(("routing", "integration")):  # of a message broker, unless it looks like a pager's
        return len(value) < ROUTING or "." in value or not any(map(str.isdigit, value))
    if name.startswith("storage"):  # of an object, unless it looks like that of an account of Azure
        return ACCOUNT.search(value) is None
    if name in ("secret", "secrets"):  # as Kubernetes and AWS write its name
        return bool(NAMESPACED.fullmatch(value)) or ("/" in value and found.string[: found.start()].endswith(":"))
    return found["name"] == "PWD" and value[0] in "/~"


def _is_word(value: str) -> bool:
    return value.isalpha() and len(value) < SHORT
