"""What the doors of signals share: reading a JSON object field by field, every fault named, every text cut to size."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inframind.errors import Fault, Malformed, Rejected
from inframind.ingestion.moments import InvalidTime, moment_ms
from inframind.ingestion.naming import NO_CONTROL, NO_CONTROL_IN_VALUE
from inframind.records import from_ms

NAME_CHARS = 200  # of a service or a version
TITLE_CHARS = 200
DETAIL_CHARS = 1_000
LABELS_KEPT = 24  # with the cuts below, a signal stays under 8 KB of ASCII
LABEL_CHARS = 60
VALUE_CHARS = 120


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a request body; raises `Malformed`, or `Rejected` for JSON that is no object."""
    try:
        document = json.loads(body)
    except RecursionError as error:
        raise Malformed("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise Malformed(f"The body is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise Rejected("Send a JSON object.")
    return document


@dataclass(slots=True)
class Fields:
    """An object of a request, and the faults found in it so far."""

    document: Mapping[str, Any]
    place: str = ""
    faults: list[Fault] = field(default_factory=list)

    def name(self, key: str) -> str:
        """Text that must be there, at most 200 characters without control characters."""
        given = self.document.get(key)
        if not isinstance(given, str) or not given.strip():
            return self._fault(key, "must be text that is not empty")
        if len(given) > NAME_CHARS or NO_CONTROL.search(given):
            return self._fault(key, f"must be at most {NAME_CHARS} characters, none of them a control character")
        return given.strip()

    def moment(self, key: str, otherwise_ms: int, horizon_ms: int) -> datetime:
        """A time that is not ahead of the clock; absent, the other one."""
        given = self.document.get(key)
        try:
            time_ms = otherwise_ms if given is None else moment_ms(given)
        except InvalidTime as reason:
            self._fault(key, str(reason))
            return from_ms(otherwise_ms)
        if time_ms > horizon_ms:
            self._fault(key, "is ahead of the clock here")
        return from_ms(time_ms)

    def labels(self, key: str) -> dict[str, str]:
        """An object as labels, values as text, cut to what a signal can hold."""
        given = self.document.get(key)
        if given is None:
            return {}
        if not isinstance(given, dict):
            self._fault(key, "must be an object")
            return {}
        kept = sorted((name, value) for name, value in given.items() if value is not None)[:LABELS_KEPT]
        return {cut(name, LABEL_CHARS): cut(as_text(value), VALUE_CHARS) for name, value in kept}

    def _fault(self, key: str, what: str) -> str:
        self.faults.append(Fault(f"{self.place}.{key}" if self.place else key, what))
        return ""


def as_text(value: Any) -> str:
    """A JSON value as a person would read it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cut(text: str, chars: int) -> str:
    """`text` without control characters and at most so long.

    >>> cut("deployed\\0 by ci", 10)
    'deployed\\ufffd…'
    """
    clean = NO_CONTROL_IN_VALUE.sub("\ufffd", text)
    return clean if len(clean) <= chars else clean[: chars - 1] + "…"
