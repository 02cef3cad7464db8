"""A backfill in slices."""

from inframind.detection.backfill.plan import SLICE_MS, Backfill, plan
from inframind.records import from_ms
from tests.detection.frames import MINUTE, NOON

END = NOON + 900 * MINUTE


def test_slices_cover_the_range_once_and_end_with_the_last() -> None:
    moments = {"created_at": from_ms(END), "start": from_ms(NOON), "end": from_ms(END)}
    asked = Backfill(id="one", resources=("web-1",), replace=False, slices=3, **moments)
    slices = plan(asked)
    assert [(one.start_ms, one.end_ms) for one in slices] == [
        (NOON, NOON + SLICE_MS),
        (NOON + SLICE_MS, NOON + 2 * SLICE_MS),
        (NOON + 2 * SLICE_MS, END),
    ]
    assert [(one.slice, one.last) for one in slices] == [(0, False), (1, False), (2, True)]
