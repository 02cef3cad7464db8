"""Which names a service may have on either end of a call."""

import re

from inframind.identity import HIDDEN

NOBODY = frozenset({"", "unknown", "-", "localhost"})
NAME_CHARS = 200  # of a service; longer is none
UNSEEN = re.compile(rf"[{HIDDEN}\ud800-\udfff]")


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
