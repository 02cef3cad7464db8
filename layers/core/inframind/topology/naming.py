"""Which names a service may have on either end of a call."""

import re

NOBODY = frozenset({"", "unknown", "-", "localhost"})
NAME_CHARS = 200  # of a service; longer is none
# Control characters, separators of lines, and what turns the direction of the text behind it.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def wrong_with(name: str) -> str:
    """Why this is no service's name; empty if it may be one.

    >>> wrong_with("auth"), wrong_with("localhost")
    ('', 'names nobody')
    """
    if name.strip() in NOBODY:
        return "names nobody"
    if len(name) > NAME_CHARS:
        return f"is longer than {NAME_CHARS} characters"
    return "holds characters that nobody sees" if UNSEEN.search(name) else ""
