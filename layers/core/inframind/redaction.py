"""Secrets taken out of what is written in logs, labels and alerts: in one place for all who show any of it.

Two strengths. Of log lines (`without_secrets`) what stands beside a telling name, or has the shape of a key: ids,
hashes, paths and addresses stay, for people search lines by them. Of what leaves the house, in a notice or for a
language model (`redacted`), rather too much than too little: the words around a secret are what an analysis needs.
"""

import re
import unicodedata
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

from inframind import redaction_patterns as pattern
from inframind.redaction_harmless import is_harmless, is_sentence, only_speaks_of_one
from inframind.redaction_wide import masked_widely

MASKED = "<SECRET>"
REDACTED = "[redacted]"
HINTS = (
    *("pass", "pwd", "secret", "token", "key", "credential", "sess", "connect.sid", "signature", "otp", "jwt"),
    "identified by",
)
"""Without one of these, in small letters, a text names nothing secret."""
OPTIONS = (" -p", " -u", " --user", " -U", " -a", " --pass")
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
LONGEST = 20_000  # characters that are looked at; what follows is dropped, so no pattern meets a text without end
LONG = 12  # characters of a word; every shape of a key is longer
OURS = frozenset(  # ids, which look like keys, and names from our own lists
    {
        "id",
        "fingerprint",
        "signal_id",
        "evidence_ids",
        "impact_evidence_ids",
        "knowledge_id",
        "incident_id",
        "anomaly_id",
        "merged_into",
        "acknowledged_by",
    }
)
T = TypeVar("T")


def without_secrets(text: str, mark: str = MASKED) -> str:
    """The text with whatever is known as a secret by its name or its shape replaced; done twice it is the same.

    >>> without_secrets("login password=hunter2 for admin")
    'login password=<SECRET> for admin'
    >>> without_secrets("postgres://app:s3cret@db-1:5432/orders"), without_secrets("token expired: 3 of 17 tokens=512")
    ('postgres://app:<SECRET>@db-1:5432/orders', 'token expired: 3 of 17 tokens=512')
    """
    low = text.lower()
    if "private key" in low:
        text = pattern.PEM.sub(mark, text)
    is_long = any(map(LONG.__lt__, map(len, text.split())))
    if (is_long and _holds(text, pattern.LOOKS)) or "eyJ" in text:
        text = pattern.SHAPES.sub(mark, text)
    if "@" in text and ("://" in text or "jdbc:" in low):
        text = pattern.IN_URL.sub(partial(_in_url, mark), text)
    text = _of_headers(text, low, mark)
    if _holds(low, HINTS):
        text = _of_names(text, low, mark)
    if (" -" in text and _holds(text, OPTIONS)) or "AUTH " in text or "login " in low:
        text = pattern.COMMAND.sub(partial(_whole, mark), text)
    if "?" in text or "&" in text:
        text = pattern.QUERY.sub(partial(_whole, mark), text)
    return pattern.ENCODED.sub(partial(_decoded, mark), text) if is_long else text


def redacted(text: str) -> str:
    """The text with every secret in it replaced, and whatever might be one; done twice it is the same.

    >>> redacted("Authorization: Bearer abcdef123456, 3 tries")
    'Authorization: [redacted], 3 tries'
    >>> redacted("AKIAIOSFODNN7EXAMPLE was refused after 1500 ms")
    '[redacted] was refused after 1500 ms'
    """
    text = text[:LONGEST]
    return without_secrets(masked_widely(_of_headers(text, text.lower(), REDACTED), REDACTED), REDACTED)


def harmless(text: str, limit: int) -> str:
    """One line without secrets, controls, invisible and direction-turning characters, at most `limit` long.

    Look-alikes of a compatible form become the plain letter first, so that they hide nothing from the patterns.

    >>> harmless("Login failed for postgres://app:hunter2@db:5432/shop", 80)
    'Login failed for postgres://[redacted]@db:5432/shop'
    >>> harmless("pass" + chr(0x200B) + "word=hunter2", 80), harmless("first" + chr(10) + "second", 8)
    ('password=[redacted]', 'first s…')
    """
    shown = redacted(visible(text))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def visible(text: str) -> str:
    """The text as it looks, on one line."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST])
    kept = (" " if one in "\n\r\t\v\f\u2028\u2029\x85" else one for one in plain)
    return " ".join("".join(one for one in kept if unicodedata.category(one) not in INVISIBLE).split())


def pair_without_secrets(name: str, value: str) -> str:
    """The value of a label of a log line, which its name may give away as a secret.

    >>> pair_without_secrets("db_password", "hunter2 trouble"), pair_without_secrets("pod", "auth-1")
    ('<SECRET>', 'auth-1')
    """
    return _of_label(name, value, without_secrets, MASKED)


def redacted_in(told: T) -> T:
    """The same with every secret in its texts taken out; a field that a record gains later is covered as well.

    >>> redacted_in(("login failed: password=hunter2", 1500)), redacted_in({"token": "hunter2", "pod": "a-1"})
    (('login failed: password=[redacted]', 1500), {'token': '[redacted]', 'pod': 'a-1'})
    """
    shown: Any = told
    match told:
        case str():
            shown = redacted(told)
        case list() | tuple():
            shown = type(told)(redacted_in(one) for one in told)
        case dict():
            shown = {name: _redacted_label(name, one) for name, one in told.items()}
        case BaseModel():
            shown = told.model_copy(update={name: one if name in OURS else redacted_in(one) for name, one in told})
    return shown  # type: ignore[no-any-return]


def _redacted_label(name: Any, value: Any) -> Any:
    if not isinstance(value, str) or name in OURS:
        return value if name in OURS else redacted_in(value)
    return _of_label(name, value, redacted, REDACTED)


def _of_label(name: Any, value: str, clean: Callable[[str], str], mark: str) -> str:
    """The value by itself; where its name makes a secret of its beginning, none of it: a label ends where it ends."""
    alone, pair = clean(value), clean(f"{name}={value}")
    if pair in (f"{name}={value}", f"{name}={alone}"):
        return alone
    shown = pair.removeprefix(f"{name}=")
    return mark if shown.lstrip("\"'[{").startswith(mark.lstrip("[")) else shown


def _holds(text: str, needles: Iterable[str]) -> bool:
    """Whether one of them is in the text. A loop: for this, half the price of `any`."""
    for one in needles:  # noqa: SIM110
        if one in text:
            return True
    return False


def _of_headers(text: str, low: str, mark: str) -> str:
    if "authorization" in low:
        text = pattern.AUTHORIZATION.sub(partial(_header, mark), text)
    if "bearer" in low or "basic" in low:
        text = pattern.SCHEME.sub(partial(_whole, mark), text)
    return pattern.COOKIE.sub(partial(_header, mark), text) if "cookie" in low else text


def _of_names(text: str, low: str, mark: str) -> str:
    if "=" in text or ":" in text or ">" in text or "%3" in text or " is " in low or " was " in low:
        text = pattern.PAIRED.sub(partial(_named, mark), text) if "value" in low else text
        text = pattern.NAMED.sub(partial(_named, mark), text)
    if "," in text and ("'" in text or '"' in text):
        text = pattern.LISTED.sub(partial(_listed, mark), text)
    if "<" in text:
        text = pattern.ELEMENT.sub(partial(_whole, mark), text)
    if "-" in text:
        text = pattern.FLAG.sub(partial(_named, mark), text)
    return pattern.SAID.sub(partial(_whole, mark), text)


def _header(mark: str, found: re.Match[str]) -> str:
    return found[0] if is_sentence(found) else _whole(mark, found)


def _whole(mark: str, found: re.Match[str]) -> str:
    return f"{found['name']}{_kept_quotes(found['value'], mark)}"


def _in_url(mark: str, found: re.Match[str]) -> str:
    return f"{found['name'] or found['scheme'] or found['oracle']}{mark}"


def _named(mark: str, found: re.Match[str]) -> str:
    """The pair with its value masked, unless the name only speaks about a secret, or the value is none."""
    value = found["value"]
    if only_speaks_of_one(found) or is_harmless(found, value.strip("\"'.,;:")):
        return found[0]
    return f"{found['name']}{found['more']}{found['sign']}{_kept_quotes(value, mark)}"


def _listed(mark: str, found: re.Match[str]) -> str:
    """A pair of a list with its value masked, if it could be one: a list of names is none."""
    is_word = not re.search(r"[^A-Za-z_\s\"']", found["value"].removeprefix("b"))
    if is_word or only_speaks_of_one(found):
        return found[0]
    return f"{found['name']}{found['more']}{found['sign']}{_kept_quotes(found['value'], mark)}"


def _kept_quotes(value: str, mark: str) -> str:
    """The mark in the quotes that the value had."""
    quote = re.match(r"\\{1,7}[\"']|[\"'`]", value)
    if quote is None:
        return mark
    return f"{quote[0]}{mark}{quote[0] if value.endswith(quote[0][-1]) and len(value) > len(quote[0]) else ''}"


def _decoded(mark: str, found: re.Match[str]) -> str:
    """The word, or the mark where it says a secret in base64."""
    word = found[0].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = b64decode(word + "=" * (-len(word) % 4), validate=True).decode("ascii")
    except (NotBase64, UnicodeDecodeError):
        return found[0]
    if not said.replace("\n", " ").isprintable() or pattern.ENCODED.fullmatch(said):
        return found[0]
    return mark if without_secrets(said) != said else found[0]
