"""Which incidents somebody means: by severity, service and label."""

from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from inframind.names import VisibleName
from inframind.records import Record
from inframind.signals import Incident, IncidentSeverity

Pattern = Annotated[VisibleName, Field(min_length=1, max_length=200)]
SEVERITIES: tuple[IncidentSeverity, ...] = ("low", "medium", "high", "critical")


class Match(Record):
    """A choice of incidents; whatever is left empty takes all."""

    severities: tuple[IncidentSeverity, ...] = Field((), max_length=4, description="Any of these; empty: all.")
    services: tuple[Pattern, ...] = Field(
        (), max_length=50, description="Shell patterns, one of which one of the incident's services fits; empty: all."
    )
    labels: dict[Pattern, Pattern] = Field(
        default_factory=dict,
        max_length=20,
        description="Labels that one of the incident's signals has, all of them, each with a pattern of its value.",
    )

    def takes(self, incident: Incident) -> bool:
        """Whether the incident is one of those meant."""
        return (
            (not self.severities or incident.severity in self.severities)
            and (not self.services or any(self._is_named(service) for service in incident.services))
            and (not self.labels or any(self._is_labelled(signal.labels) for signal in incident.signals))
        )

    def _is_named(self, service: str) -> bool:
        return any(fnmatchcase(service, pattern) for pattern in self.services)

    def _is_labelled(self, labels: dict[str, str]) -> bool:
        return all(name in labels and fnmatchcase(labels[name], value) for name, value in self.labels.items())


def rank(severity: IncidentSeverity) -> int:
    """The place of a severity, low first.

    >>> rank("critical") > rank("high")
    True
    """
    return SEVERITIES.index(severity)
