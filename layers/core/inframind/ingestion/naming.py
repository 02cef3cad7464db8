"""From a sender's labels to the series they name, or to the reason why they name none."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inframind.identity import HIDDEN, SeriesId
from inframind.ingestion.limits import KEY_LIMIT, LABELS_LIMIT, NAME_LIMIT, RESOURCE_LIMIT, VALUE_LIMIT

METRIC_LABEL = "__name__"
# Lone surrogates among them: JSON can spell those, UTF-8 cannot.
NO_CONTROL = re.compile(rf"[{HIDDEN}\ud800-\udfff]")
NO_CONTROL_IN_VALUE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # tab and newline may stand in a value
SHOWN = 120  # characters of a name shown in a fault


class InvalidName(Exception):
    """These labels name no series; the text says why."""


@dataclass(frozen=True, slots=True)
class Name:
    """A series as frames hold it: its resource, and its name inside the resource."""

    resource: str
    key: bytes


def name_of(metric: str, labels: dict[str, str]) -> Name:
    """The series of `metric` with `labels`; raises `InvalidName`.

    >>> name_of("up", {"job": "node", "instance": "db-1:9100"})
    Name(resource='db-1:9100', key=b'up\\x00job\\x00node')
    """
    if len(labels) > LABELS_LIMIT:
        raise InvalidName(f"{len(labels)} labels; the limit is {LABELS_LIMIT}")
    if not _is_plain(metric, labels):
        _check(metric, labels)
    series = SeriesId.of(metric, labels)
    _check_resource(series.resource)
    key = series.to_bytes()
    if len(key) > KEY_LIMIT:
        raise InvalidName(f"names and values take {len(key)} bytes; the limit is {KEY_LIMIT}")
    return Name(series.resource, key)


def name_of_pairs(pairs: Sequence[tuple[bytes, bytes]]) -> Name:
    """The series of label pairs as remote write sends them, the metric among them; raises `InvalidName`."""
    try:
        labels = {name.decode(): value.decode() for name, value in pairs}
    except UnicodeDecodeError:
        raise InvalidName(_not_text(pairs)) from None
    if len(labels) < len(pairs):
        raise InvalidName(f"label '{shown(_repeated(pairs).decode())}' appears twice")
    metric = labels.pop(METRIC_LABEL, "")
    if not metric:
        raise InvalidName(f"label {METRIC_LABEL} is missing")
    return name_of(metric, labels)


def shown(text: str) -> str:
    """`text` as it may stand in an answer: short, and without control characters.

    >>> shown("bad\\0name")
    'bad\\ufffdname'
    """
    return NO_CONTROL.sub("\ufffd", text[:SHOWN]) + ("…" if len(text) > SHOWN else "")


def shown_pairs(pairs: Iterable[tuple[bytes, bytes]]) -> str:
    """A series as an answer names it, from raw labels that may be invalid: metric{label="value",…}."""
    labels = [(name.decode(errors="replace"), value.decode(errors="replace")) for name, value in pairs]
    metric = next((value for name, value in labels if name == METRIC_LABEL), "")
    rest = ",".join(f'{name}="{value}"' for name, value in labels[:8] if name != METRIC_LABEL)
    return shown(f"{metric}{{{rest}}}")


def shown_name(name: Name) -> str:
    """A series as an answer names it: resource and metric."""
    return shown(f"{name.key.split(chr(0).encode(), 1)[0].decode()} of {name.resource}")


def _not_text(pairs: Sequence[tuple[bytes, bytes]]) -> str:
    for raw_name, raw_value in pairs:
        name = raw_name.decode(errors="replace")
        if name.encode() != raw_name:
            return "a label name is not valid UTF-8"
        if raw_value.decode(errors="replace").encode() != raw_value:
            return f"the value of label '{shown(name)}' is not valid UTF-8"
    return "a label is not valid UTF-8"


def _repeated(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    names = [name for name, _ in pairs]
    return next(name for name in names if names.count(name) > 1)


def _is_plain(metric: str, labels: dict[str, str]) -> bool:
    """Whether everything is printable ASCII within its limits, as nearly all labels are: one look for all of them."""
    text = "".join((metric, *labels, *labels.values()))
    return (
        text.isascii()
        and text.isprintable()
        and 0 < len(metric) <= NAME_LIMIT
        and "" not in labels
        and max(map(len, labels), default=0) <= NAME_LIMIT
        and max(map(len, labels.values()), default=0) <= VALUE_LIMIT
    )


def _check(metric: str, labels: dict[str, str]) -> None:
    _check_name(metric, "the metric name")
    for name, value in labels.items():
        _check_name(name, "a label name")
        _check_value(name, value)


def _check_name(name: str, what: str) -> None:
    if not name:
        raise InvalidName(f"{what} is empty")
    if NO_CONTROL.search(name):
        raise InvalidName(f"{what} holds control characters: '{shown(name)}'")
    if len(name.encode()) > NAME_LIMIT:
        raise InvalidName(f"{what} is longer than {NAME_LIMIT} bytes: '{shown(name)}'")


def _check_value(name: str, value: str) -> None:
    if NO_CONTROL_IN_VALUE.search(value):
        raise InvalidName(f"the value of label '{shown(name)}' holds control characters")
    if len(value.encode()) > VALUE_LIMIT:
        raise InvalidName(f"the value of label '{shown(name)}' is longer than {VALUE_LIMIT} bytes")


def _check_resource(resource: str) -> None:
    if NO_CONTROL.search(resource):
        raise InvalidName("the resource id holds control characters")
    if len(resource.encode()) > RESOURCE_LIMIT:
        raise InvalidName(f"the resource id is longer than {RESOURCE_LIMIT} bytes")
