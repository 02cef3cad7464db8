"""What is written in logs and labels, made harmless: no secrets, no invisible characters, no more than so much of it.

Rather too much is taken out than too little: the words around a secret are what an analysis needs.
"""

import re
import unicodedata

REDACTED = "[redacted]"
LONGEST = 20_000  # characters that are looked at; what follows is dropped, so no pattern meets a text without end

_NAMES = (
    r"password|passwd|passphrase|passcode|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|account[_-]?key|"
    r"private[_-]?key|shared[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|authorization|cookie|"
    r"session[_-]?id|sessionid|signature|sas|routing[_-]?key|integration[_-]?key"
)
_BARE = r"""(?:(?:Bearer|Basic|Digest|Token)\s+)?[^\s"']+?(?=[,;.)]{0,3}(?:[\s"']|$))"""
_QUOTED = r"""(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)"""
_SEVERAL = r"""(?:\[[^\]]*\]?|\{[^{}]*\}?)[^\s"',;}]*"""  # a list or an object of secrets, whole or cut off
_VALUE = rf"(?:[bru]{{0,2}}{_QUOTED}|{_SEVERAL}|{_BARE})"
_SUFFIX = r"[\w.]{0,30}(?:-(?:key|token|id|value|hash|prod|dev)){0,2}"
_QUOTE = r"""(?:\\{0,7}["']|%22)"""  # as JSON inside JSON inside JSON spells it, or the query of a URL
_SIGN = rf"""{_QUOTE}?(?:\s{{0,8}}(?:=>|->|:=|[:=|]|%3[AD])\s{{0,8}}|\s+(?:is|was)\s+)(?:\\{{1,7}}(?=["'\[])|%22)?"""
_NAMED = re.compile(f"((?:{_NAMES}){_SUFFIX}{_SIGN}){_VALUE}", re.IGNORECASE)
_FLAG = re.compile(rf"(--?(?:{_NAMES})[\w-]{{0,20}}\s+){_VALUE}", re.IGNORECASE)
_SAID = re.compile(rf"((?:password|passwd|passphrase|passcode)\s{{1,3}}){_QUOTED}", re.IGNORECASE)
_ELEMENT = re.compile(rf"(<[\w:.-]{{0,40}}(?:{_NAMES})[\w:.-]{{0,30}}(?:\s[^<>]{{0,200}})?>)[^<]+", re.IGNORECASE)
_NEXT = rf"{_QUOTE}?[\s,;]{{0,12}}{_QUOTE}?value{_SIGN}"  # the value stands in a field of its own, as of environments
_PAIR = re.compile(f"((?:{_NAMES}){_SUFFIX}{_NEXT}){_VALUE}", re.IGNORECASE)
_QUERY = re.compile(r"([?&](?:sig|key|auth)=)[^&\s\"']+", re.IGNORECASE)
_USER = re.compile(r"((?:^|\s)(?:-u|--user)(?:\s{1,3}|=)[^\s:]{1,100}:)\S+")
_USER_OF_URL = re.compile(r"([a-z][a-z0-9+.-]{1,20}://)\S{1,400}@", re.IGNORECASE)
PEM = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY.*?(?:-----END [A-Z ]{0,30}KEY-----|$)", re.DOTALL)
_SCHEME = re.compile(r"\b((?:Bearer|Basic)\s+)[\w+/=.~-]{6,}", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}")
SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}"
    r"|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{12,}|npm_\w{20,}|pypi-[\w-]{16,}"
    r"|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}"
    r"|sk-[\w-]{16,}|(?:sk|rk|pk)_(?:live|test)_\w{8,}|whsec_\w{8,}"
    r"|AIza[\w-]{20,}|ya29\.[\w.-]{8,}|SG\.[\w-]{8,}\.[\w-]{8,}|dop_v1_\w{16,}|hv[sb]\.[\w-]{12,}"
    r"|im_[0-9a-z]{4,}_[\w-]{6,}"
    r"|hf_\w{20,}"
    r"|(?:hooks\.slack\.com|webhook\.office\.com|discord(?:app)?\.com/api/webhooks|api\.telegram\.org)/\S{4,}"
    r")"
    r"|(?<![\w-])(?=(?:[\w-]*[^A-Za-z0-9.])?eyJ)[\w-]{9,}+(?:\.[\w-]*){1,4}"  # web tokens: a run is looked at once
)
LOOKS = (
    *("AKIA", "ASIA", "AGPA", "AIDA", "AROA", "AIPA", "ANPA", "ANVA", "ABIA", "ACCA"),
    *(
        "gh",
        "github_pat_",
        "glpat-",
        "npm_",
        "pypi-",
        "xox",
        "xapp-",
        "sk-",
        "_live_",
        "_test_",
        "whsec_",
        "AIza",
        "ya29.",
        "SG.",
    ),
    *("dop_v1_", "hv", "im_", "hf_", "hooks.slack", "webhook.office", "/api/webhooks", "api.telegram", "eyJ"),
)
"""Without one of these a text holds none of the shapes: looked for first, where most texts hold none."""
_WORD = re.compile(r"[A-Za-z0-9+/_=~-]{20,}")
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_AWS_SECRET = 40  # characters of a secret access key, which has no other mark
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


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
    return " ".join("".join(one for one in kept if unicodedata.category(one) not in _INVISIBLE).split())


def redacted(text: str) -> str:
    """The text with every secret in it replaced; done twice it is the same.

    >>> redacted("Authorization: Bearer abcdef123456, 3 tries")
    'Authorization: [redacted], 3 tries'
    >>> redacted("AKIAIOSFODNN7EXAMPLE was refused after 1500 ms")
    '[redacted] was refused after 1500 ms'
    """
    text = SHAPES.sub(REDACTED, PEM.sub(REDACTED, text[:LONGEST]))
    text = _USER_OF_URL.sub(rf"\1{REDACTED}@", text)
    for marked in (_NAMED, _FLAG, _SAID, _ELEMENT, _PAIR, _QUERY, _USER):
        text = marked.sub(rf"\1{REDACTED}", text)
    text = _SCHEME.sub(rf"\1{REDACTED}", text)
    text = _MAIL.sub("[e-mail]", text)
    return _WORD.sub(lambda found: REDACTED if _is_random(found[0]) else found[0], text)


def _is_random(word: str) -> bool:
    """Whether nobody would write such a word: hex without end, or letters of both sizes and digits in one run."""
    if _HEX.search(word):
        return True
    if len(word) == _AWS_SECRET and _is_mixed(word, 1) and "-" not in word and word.count("/") < 6:
        return True
    if len(word.strip("=")) >= _AWS_SECRET and _is_mixed(word) and word.count("/") < 6 and "-" not in word:
        return True
    return any(_is_mixed(run) for run in _RUN.findall(word))


def _is_mixed(run: str, least: int = 2) -> bool:
    digits, uppers = sum(map(str.isdigit, run)), sum(map(str.isupper, run))
    return digits >= least and uppers >= 2 and any(map(str.islower, run))
