"""Who changed what, recorded for the audit."""

from inframind import wiring
from inframind.records import AccessKey, AuditRecord, CallAction, DetectorAction, NoticeAction
from inframind.usecases import clock

DETAIL_CHARS = 300


def record_change(
    caller: AccessKey, action: NoticeAction | CallAction | DetectorAction, subject: str, detail: str
) -> None:
    """Records a change before it is made, so that none goes unrecorded; a change that then fails is recorded too."""
    record = AuditRecord(at=clock.now(), actor=caller.id, action=action, subject=subject, detail=detail[:DETAIL_CHARS])
    wiring.key_store().note(record)
