"""Names that people give hold nothing that nobody sees; what was kept before they were judged is still read."""

import pytest
from pydantic import ValidationError

from inframind.detection.detectors.detector import Wanted
from inframind.names import KEPT, hidden_in

OVERRIDE = chr(0x202E)


@pytest.mark.parametrize("field", ["name", "resource", "metric"])
@pytest.mark.parametrize("unseen", [OVERRIDE, "\x00", "\x1b", "\n", "\u2066", "\u2028"], ids=ascii)
def test_a_detectors_names_hold_nothing_that_nobody_sees(field: str, unseen: str) -> None:
    with pytest.raises(ValidationError, match=rf"U\+{ord(unseen):04X} .* as character 4"):
        Wanted.model_validate({field: f"abc{unseen}d"})
    kept = Wanted.model_validate({field: f"abc{unseen}d"}, context=KEPT)
    assert getattr(kept, field) == f"abc{unseen}d"


def test_joiners_without_width_may_stand_and_so_may_lines_in_a_text() -> None:
    assert hidden_in("\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f468\u200d\U0001f680") == ""
    assert hidden_in("one\ntwo", "\n") == ""
    assert hidden_in(f"one\ntwo{OVERRIDE}", "\n").startswith("holds U+202E (RIGHT-TO-LEFT OVERRIDE) as character 8")
