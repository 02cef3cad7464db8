"""A log line, and the levels it may have."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inframind.ingestion.naming import NO_CONTROL_IN_VALUE, shown

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
"""From least to most severe, as OpenTelemetry names them."""
ERRORS = frozenset({"ERROR", "FATAL"})
NAMES: Mapping[str, str] = {
    **{level: level for level in LEVELS},
    **dict.fromkeys(("VERBOSE", "FINEST", "FINER", "SILLY"), "TRACE"),
    **dict.fromkeys(("FINE", "CONFIG", "DBG"), "DEBUG"),
    **dict.fromkeys(("INFORMATION", "INFORMATIONAL", "NOTICE", "LOG", "HTTP", "INF"), "INFO"),
    **dict.fromkeys(("WARNING", "WRN"), "WARN"),
    **dict.fromkeys(("ERR", "SEVERE", "EROR", "FAILURE"), "ERROR"),
    **dict.fromkeys(("CRITICAL", "CRIT", "ALERT", "EMERGENCY", "EMERG", "PANIC", "DPANIC", "FTL"), "FATAL"),
}
MESSAGE_CHARS = 16_000  # of a line; what is beyond is cut off
LABELS_KEPT = 64
LABEL_CHARS, VALUE_CHARS = 200, 1_000
SEVERITIES_A_LEVEL = 4  # OpenTelemetry numbers severities 1 to 24, four to a level


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: when, how severe, of which service, what it says, and its labels."""

    time_ms: int
    level: str
    service: str
    message: str
    labels: Mapping[str, str] = field(default_factory=dict)


def level_named(name: str) -> str | None:
    """The level of a name as loggers and syslog write it; None if it is none.

    >>> level_named("warning"), level_named("Critical"), level_named("loud")
    ('WARN', 'FATAL', None)
    """
    return NAMES.get(name.strip().upper())


def level_numbered(severity: int) -> str | None:
    """The level of an OpenTelemetry severity number; None if it is none.

    >>> level_numbered(9), level_numbered(17), level_numbered(0)
    ('INFO', 'ERROR', None)
    """
    return LEVELS[(severity - 1) // SEVERITIES_A_LEVEL] if 1 <= severity <= SEVERITIES_A_LEVEL * len(LEVELS) else None


def kept_message(text: str) -> str:
    """The text as it is kept: without control characters but tab and newline, and at most so long.

    >>> kept_message("down\\0 again")
    'down\\ufffd again'
    """
    clean = NO_CONTROL_IN_VALUE.sub("\ufffd", text.replace("\r\n", "\n"))
    return clean if len(clean) <= MESSAGE_CHARS else clean[: MESSAGE_CHARS - 1] + "…"


def kept_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The first labels by name, cut to what is kept."""
    kept = sorted(labels.items())[:LABELS_KEPT]
    return {shown(name[:LABEL_CHARS]): NO_CONTROL_IN_VALUE.sub("\ufffd", value[:VALUE_CHARS]) for name, value in kept}
