"""What is taken out beyond what is known as a secret, where a text leaves the house: whatever might be one."""

import re

from inframind.redaction_patterns import PEM, SHAPES

_NAMES = (
    r"password|passwd|passphrase|passcode|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|account[_-]?key|"
    r"private[_-]?key|shared[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|authorization|cookie|"
    r"session[_-]?id|sessionid|signature|sas|routing[_-]?key|integration[_-]?key"
)
_BARE = r"""(?:(?:Bearer|Basic|Digest|Token)\s+)?[^\s"']+?(?=[,;.)]{0,3}(?:[\s"']|$))"""
_QUOTED = r"""(?:"{3}[^"]*"{0,3}|"(?:\\.|[^"\\])*"?|'(?:\\.|''|[^'\\])*'?)"""
_SEVERAL = r"""(?:\[[^\]]*\]?|\{[^{}]*\}?)[^\s"']*?(?=[,;.)}]{0,3}(?:[\s"']|$))"""  # also cut off
_BLOCK = r"[|>][-+]?[ \t]*\n\s{1,40}\S+"  # of YAML
_VALUE = rf"(?:{_BLOCK}|[bru]{{0,2}}{_QUOTED}|{_SEVERAL}|{_BARE})"
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
_SCHEME = re.compile(r"\b((?:Bearer|Basic)\s+)[\w+/=.~-]{6,}", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}")
_WORD = re.compile(r"[A-Za-z0-9+/_=~-]{20,}")
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_AWS_SECRET = 40  # characters of a secret access key, which has no other mark


def masked_widely(text: str, mark: str) -> str:
    """The text with whatever stands beside a telling name, in a URL before its host, or looks random replaced."""
    text = SHAPES.sub(mark, PEM.sub(mark, text))
    text = _USER_OF_URL.sub(rf"\1{mark}@", text)
    for marked in (_NAMED, _FLAG, _SAID, _ELEMENT, _PAIR, _QUERY, _USER, _SCHEME):
        text = marked.sub(rf"\1{mark}", text)
    text = _MAIL.sub("[e-mail]", text)
    return _WORD.sub(lambda found: mark if _is_random(found[0]) else found[0], text)


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
