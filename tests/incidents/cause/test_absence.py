"""Of whom nothing arrives any more is told from what is stored; who is merely idle, late or unknown is not."""

import numpy as np
import pytest

from inframind.frames import Frame
from inframind.incidents.cause.absence import absent
from inframind.incidents.cause.metric_evidence import inquiry, measurements
from inframind.incidents.cause.signal_ranking import suspects
from tests.incidents.cause.live import ONSET_MS, STEP_MS, case
from tests.incidents.cause.planted import GRAPH, Shop

CALLS = {"web": ["cart", "mail"], "cart": ["bank"]}
ROWS = np.arange(-60, 8)
NOW_MS = ONSET_MS + 10 * STEP_MS


def frame(name: str, gone: range = range(0), every: int = 1) -> Frame:
    """A service of which nothing arrived in these rows, counted from the onset."""
    kept = np.array([row for row in ROWS if row not in gone and row % every == 0])
    return Frame(name, (b"cpu",), ONSET_MS + kept * STEP_MS, np.ones((len(kept), 1)))


def told(**gone: range) -> tuple[str, ...]:
    read = {name: [frame(name, gone.get(name, range(0)))] for name in ("web", "cart", "mail", "bank")}
    return absent(read, CALLS, "web", ONSET_MS)


def test_of_whom_nothing_arrives_any_more_is_named() -> None:
    assert told(bank=range(1, 8)) == ("bank",)
    assert told() == ()


def test_a_single_row_and_the_last_one_may_be_on_their_way() -> None:
    assert told(bank=range(3, 4)) == ()
    assert told(bank=range(6, 8)) == ()
    assert told(bank=range(5, 8)) == ("bank",)


def test_who_is_not_asked_because_its_caller_is_gone_is_not_named() -> None:
    assert told(cart=range(1, 8), bank=range(1, 8)) == ("cart",)


def test_where_most_are_absent_or_the_front_is_the_way_is_broken() -> None:
    assert told(cart=range(1, 8), mail=range(1, 8), bank=range(1, 8)) == ()
    assert told(web=range(1, 8), bank=range(1, 8)) == ()


def test_who_was_seldom_there_or_went_long_before_is_not_missed() -> None:
    read = {"web": [frame("web")], "cart": [frame("cart", range(-40, 8))], "bank": [frame("bank", every=3)]}
    assert absent(read, CALLS, "web", ONSET_MS) == ()


def test_an_onset_too_soon_after_the_first_rows_and_no_rows_tell_nothing() -> None:
    first = ONSET_MS - 40 * STEP_MS
    read = {
        name: [frame(name, range(1, 8) if name == "bank" else range(0))] for name in ("web", "cart", "mail", "bank")
    }
    assert absent(read, CALLS, "web", first) == ()
    assert absent({}, CALLS, "web", ONSET_MS) == ()


@pytest.mark.parametrize("front_hurts", [True, False])
def test_a_dead_service_is_named_though_no_signal_tells_of_it(front_hurts: bool) -> None:
    shop = Shop().silence("bank")
    if not front_hurts:
        shop.after.series["web", "availability", "Average"][:] = [100.0] * 5  # type: ignore[index]
    made = case((shop.before, shop.after), GRAPH, shop.alarm("availability"), "bank", is_dead=True)
    heard = tuple(one for one in made.incident.signals if one.service == "web")
    incident = made.incident.model_copy(update={"signals": heard, "services": ("web",)})
    about = inquiry(incident, made.edges, NOW_MS)
    assert about is not None
    assert about.hints == ()
    found = suspects(incident.model_copy(update={"measurements": measurements(about, made.frames)}), made.edges)
    assert found[0].subject == "bank"
    assert "nothing of it arrived any more" in found[0].reason
