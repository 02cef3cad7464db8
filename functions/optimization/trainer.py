"""Every day, and by order of TrainingQueue -> models and their versions in BankBucket, ModelDrifted on the Bus.

`{"schedule": "drift"}`, every hour, only looks whether the serving model has gone wrong. scikit-learn is imported when
a forest is grown, not before; nothing else in the project imports it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from inframind.entry import Event, Message, batch, logger, schedule
from inframind.optimization.features import NAMES
from inframind.optimization.forest import Forest, flattened
from inframind.optimization.judging import Split, described
from inframind.optimization.versions import Ledger
from inframind.records import from_ms, to_ms
from inframind.usecases.counters import add_counts
from inframind.usecases.optimization.drift_watch import watch_drift
from inframind.usecases.optimization.training import GRAYBOX, forest_v1, known_builds, trained

WORD = "optimization"
TREES, DEPTH = 100, 12
FEATURES_TRIED = 1 / 3  # at each cut: as good as all of them, at a third of the time
SEED = 0  # the same builds give the same forest

log = logger(WORD)


def handler(event: Event, context: Any) -> Any:
    """A schedule has no records; orders have."""
    return ordered(event, context) if "Records" in event else scheduled(event, context)


@schedule(WORD)
def scheduled(event: Event) -> Mapping[str, Any]:
    """Looks for drift, and trains unless that was all that was asked."""
    found: dict[str, Any] = {"drifting": watch_drift(_now())}
    return found if event.get("schedule") == "drift" else found | dict(train())


@batch(WORD)
def ordered(messages: Sequence[Message]) -> set[str]:
    """Trains once, however many have ordered it."""
    if messages:
        log.info("training ordered", orders=len(messages), **train())
    return set()


def train() -> Mapping[str, Any]:
    """Both kinds trained on the builds there are; which versions serve now."""
    builds, now = known_builds(), _now()
    ledgers = [trained(learner, builds, now) for learner in (GRAYBOX, forest_v1(grow))]
    for ledger in ledgers:
        _tell(ledger, now)
    return {"builds": len(builds)} | {ledger.kind: ledger.serving or "none" for ledger in ledgers}


def grow(parts: Split) -> Forest:
    """The forest of the early builds' durations (logarithms), over their features."""
    from sklearn.ensemble import RandomForestRegressor

    x, y, _ = described(parts.early, parts.early)
    regressor = RandomForestRegressor(
        TREES, max_depth=DEPTH, max_features=FEATURES_TRIED, min_samples_leaf=2, random_state=SEED, n_jobs=1
    )
    regressor.fit(x, y)
    return flattened([tree.tree_ for tree in regressor.estimators_], NAMES)


def _tell(ledger: Ledger, now: datetime) -> None:
    card = ledger.versions[0] if ledger.versions else None
    if card is None or card.trained_at != now:
        return
    add_counts(WORD, {("models_trained_total", (("verdict", card.verdict.replace(" ", "_")),)): 1})
    log.info(
        "model trained",
        event="model trained",
        version=card.version,
        verdict=card.verdict,
        error=card.error,
        builds=card.builds,
        reason=card.reason,
    )


def _now() -> datetime:
    return from_ms(to_ms(datetime.now(UTC)))
