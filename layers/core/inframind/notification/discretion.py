"""What a notice must not carry out of the house: secrets, wherever in an incident a text may hold one."""

from typing import Any, TypeVar

from pydantic import BaseModel

from inframind.redacting import redacted

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


def discreet(told: T) -> T:
    """The same with every secret in its texts taken out; a field that a record gains later is covered as well.

    >>> discreet(("login failed: password=hunter2", 1500)), discreet({"token": "hunter2", "pod": "a-1"})
    (('login failed: password=[redacted]', 1500), {'token': '[redacted]', 'pod': 'a-1'})
    """
    shown: Any = told
    match told:
        case str():
            shown = redacted(told)
        case list() | tuple():
            shown = type(told)(discreet(one) for one in told)
        case dict():
            shown = {name: _named(name, one) for name, one in told.items()}
        case BaseModel():
            shown = told.model_copy(update={name: one if name in OURS else discreet(one) for name, one in told})
    return shown  # type: ignore[no-any-return]


def _named(name: Any, value: Any) -> Any:
    """The value of a label, which its name may give away as a secret."""
    if not isinstance(value, str) or name in OURS:
        return value if name in OURS else discreet(value)
    pair = redacted(f"{name}={value}")
    return redacted(value) if pair == f"{name}={value}" else pair.partition("=")[2]
