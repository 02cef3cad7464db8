"""Deployments as JSON, one to a request: {timestamp, service, version, status, metadata}."""

from inframind.errors import Rejected
from inframind.identity import content_id
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.signal_fields import Fields, parsed
from inframind.records import to_ms
from inframind.signals import Signal


def read(body: bytes, clock: Clock) -> Signal:
    """The deployment as a signal; `Rejected` names every fault. The same deployment sent again is the same signal."""
    fields = Fields(parsed(body))
    service, version = fields.name("service"), fields.name("version")
    status = fields.name("status") if "status" in fields.document else "success"
    at = fields.moment("timestamp", clock.now_ms, clock.horizon_ms)
    metadata = fields.labels("metadata")
    if fields.faults:
        raise Rejected("The deployment could not be taken; every fault is named in errors.", fields.faults)
    parts = ("deployment", service, version, str(to_ms(at)))
    return Signal(
        id=content_id(part.encode() for part in (*parts, status)),
        fingerprint=content_id(part.encode() for part in parts),
        kind="deployment",
        service=service,
        severity="low",
        observed_at=at,
        title=f"{version} of {service} was deployed ({status})",
        labels=metadata,
        evidence={"version": version, "status": status},
    )


def answer(deployment: Signal) -> dict[str, object]:
    """What the sender is told."""
    told = {"message": "Deployment recorded", "id": deployment.id, "service": deployment.service}
    return told | {"version": deployment.evidence["version"]}
