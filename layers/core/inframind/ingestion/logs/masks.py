"""What varies in a line, masked before it is grouped: numbers, ids, addresses, paths, times. One set for all services.

The trick: everything with a digit is a variable, and variables that stand side by side are one, so that lists, versions
and sizes of any length leave the same words behind.
"""

import re

MASK = "<*>"
WORDS = 60  # of a line that make a template; what follows them is the same variable
LINE_CHARS = 1_000  # of a line that are looked at: what a template needs stands at its beginning
TRACEBACK = "Traceback (most recent call last)"

_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_UNIT = (
    r"(?:[KMGTP]i?B?|[kmgt]b?|[Bb]ytes?|B|ns|us|µs|ms|msecs?|s|secs?|seconds?|mins?|minutes?|hours?|h|days?|MHz|GHz)"
)

ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>)\]}]+")  # of the web
CLOCKED = re.compile(
    "|".join(
        (
            rf"\b(?:{_WEEKDAY},?\s+)?(?:{_MONTH}\s+\d{{1,2}}|\d{{1,2}}\s+{_MONTH}),?\s+(?:\d{{4}}\s+)?"
            r"\d{1,2}:\d\d(?::\d\d)?(?:\s+(?:[A-Z]{3,4}\s+)?\d{4})?(?:\s+(?:GMT|UTC))?",  # Fri Jun 17 07:07:00 2005
            r"\b\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?",
            r"\b(?=[A-Fa-f:]*\d)[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])",  # IPv6, and times
            r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b",  # MAC
            r"\b(?!\S*[a-z][A-Z])(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9-]+:\d{1,5}\b",  # host and port, no field of an object
        )
    )
)
DASHED = re.compile(
    r"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b"  # UUIDs
    r"|\b(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}\b"
)
PATH = re.compile(r"[A-Za-z]:\\[^\s\"'<>|]+|(?<![\w.<])~?(?:/[\w.@%+~:$*-]+){2,}/?")
HEX = re.compile(
    r"\b0[xX][0-9A-Fa-f]+\b"
    r"|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b|\b(?=[0-9A-F]*\d)(?=[0-9A-F]*[A-F])[0-9A-F]{8,}\b"
)
REQUEST = re.compile(r"\"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE) [^\"]*\"")
QUOTED = re.compile(r"(?<!msg=)(?<!message=)(?<!event=)(?<!error=)\"[^\s\"]*\"(?!\s*[:=])")
DOTTED = re.compile(r"\b(?!\w*(?:Exception|Error)\b)[\w$][\w$-]*(?:\.(?!\w*(?:Exception|Error)\b)[\w$-]+){2,}")
NUMBER = re.compile(rf"(?<![\w.])<?[-+]?\d[\d.,]*\s{_UNIT}(?![\w=])|[-+]?\d+(?:[.,]\d+)*(?:%|{_UNIT}\b)?")
ASSIGNED = re.compile(
    r"\b(?!(?:msg|message|event|err|error|reason|action|op|method)=)([A-Za-z_][\w.-]*=)"
    r"(?:\"[^\"]*\"|\[[^\]]*\]|[^\s,;\[\](){}\"']+(?:\{[^{}]*\})?)"
)
AGAIN = re.compile(r"(?<=\bbytes)\s\([\d.]+ [KMGT]i?B\)")  # 1190 bytes (1.16 KB): the same once more
JOINED = re.compile(r"[-+]?<\*>(?:(?:[.,:/|#@+*x~_-]{0,3}|_[a-z]_)<\*>)+")
LISTED = re.compile(r"(?<!\S)((?=[^\s,]*<\*>)[^\s,]++)(?:,?\s\1)+(?![^\s,])")  # the same variable in succession
NAMED = re.compile(
    r"(?<=\buser )(?!unknown\b|name\b|id\b)[\w.$-]+(?= (?:by|from|on|at|in|via)\b)|(?<=\bfor user )[\w.$-]+"
)


def masked(message: str) -> str:
    """The line that stands for a message, with its variables masked.

    >>> masked("Deleted 3 of 12 files under /var/tmp/x in 0.5 s")
    'Deleted <*> of <*> files under <*> in <*>'
    >>> masked("GET took 12ms, user=amy id=7f3a9c")
    'GET took <*>, user=<*> id=<*>'
    """
    text = _without_ids(telling(message))
    if '"' in text:
        text = QUOTED.sub(f'"{MASK}"', REQUEST.sub(rf'"\1 {MASK}"', text))
    if "." in text:
        text = DOTTED.sub(_name_or_constant, text)
    text = NUMBER.sub(MASK, text)
    if "=" in text:
        text = ASSIGNED.sub(rf"\1{MASK}", text)
    text = " ".join(text.split())
    if "user " in text:
        text = NAMED.sub(MASK, text)
    if text.count(MASK) > 1:
        text = LISTED.sub(r"\1", JOINED.sub(MASK, text))
    return " ".join(text.split(" ", WORDS)[:WORDS])


def _without_ids(text: str) -> str:
    """The text without addresses, times, ids and paths; each is looked for only where it could stand."""
    if "B)" in text:
        text = AGAIN.sub("", text)
    if ":" in text:
        text = CLOCKED.sub(MASK, ADDRESS.sub(MASK, text) if "://" in text else text)
    if "-" in text:
        text = DASHED.sub(MASK, text)
    if "/" in text or "\\" in text:
        text = PATH.sub(MASK, text)
    return HEX.sub(MASK, text)


def _name_or_constant(found: re.Match[str]) -> str:
    """A dotted name is a variable; one that ends in capitals, such as action.SCREEN_ON, is one of a few constants."""
    return found[0] if found[0].rpartition(".")[2].isupper() else MASK


def telling(message: str) -> str:
    """The line of a message that tells what it is about: the first, or of Python's tracebacks the last.

    >>> telling("Traceback (most recent call last):\\n  File \\"a.py\\", line 1\\nKeyError: 'id'\\n")
    "KeyError: 'id'"
    """
    if "\n" not in message:
        return _shortened(message)
    lines = [line for line in message.split("\n") if line.strip()] or [""]
    return _shortened(lines[-1 if lines[0].startswith(TRACEBACK) else 0])


def _shortened(line: str) -> str:
    """The whole words at the beginning of a long line."""
    if len(line) <= LINE_CHARS:
        return line
    return line[:LINE_CHARS].rpartition(" ")[0] or line[:LINE_CHARS]
