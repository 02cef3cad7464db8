"""Names and texts that people give: nothing in them that nobody sees, or that turns the text around it."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from inframind.identity import HIDDEN, VISIBLE

KEPT = {"kept": True}
"""The context of reading what was kept: it was judged when it came, by the rules of that day."""
UNSEEN = re.compile(f"[{HIDDEN}]")
LINES = "\n\r\t"  # what a text may have, and a name not


def hidden_in(text: str, allowed: str = "") -> str:
    """What is wrong with a name that holds a character nobody sees: which, and where; empty if it holds none.

    >>> hidden_in("pay" + chr(0x202E) + "ments"), hidden_in("payments")
    ('holds U+202E (RIGHT-TO-LEFT OVERRIDE) as character 4, which nobody sees: leave it out', '')
    """
    found = next((one for one in UNSEEN.finditer(text) if one[0] not in allowed), None)
    if found is None:
        return ""
    said = unicodedata.name(found[0], "a control character")
    return f"holds U+{ord(found[0]):04X} ({said}) as character {found.start() + 1}, which nobody sees: leave it out"


def _name(text: str, given: ValidationInfo) -> str:
    return _judged(text, given, "")


def _text(text: str, given: ValidationInfo) -> str:
    return _judged(text, given, LINES)


def _judged(text: str, given: ValidationInfo, allowed: str) -> str:
    unseen = "" if given.context == KEPT else hidden_in(text, allowed)
    if unseen:
        raise ValueError(unseen)
    return text


VisibleName = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": VISIBLE})]
"""A name by which people recognise what they have made."""
VisibleText = Annotated[str, AfterValidator(_text)]
"""A text of theirs, which may have lines."""
