"""Who probably caused the trouble: a ranking by calls, metrics and signals, with evidence and without a model.

Read `ranking` first: `rank_window` answers for one alarm, out of `windows` (what is measured), `deviation` (how far who
departs from itself), `significance` (is that more than chance?), `attribution` (what it cost the alarmed one),
`findings` and `blame` (what runs down the `call_graph`) and `evidence` (why, in words). `signal_ranking` does it for a
live incident, which `metric_evidence` supports with what is stored (`golden_signals`, `absence`). docs/causes.md.

numpy is imported when a ranking is asked for: most deliveries rank by signals alone.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inframind.incidents.cause.ranking import rank, rank_window
    from inframind.incidents.cause.windows import Alarm, Window

__all__ = ["Alarm", "Window", "rank", "rank_window"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from inframind.incidents.cause import ranking

    return getattr(ranking, name)
