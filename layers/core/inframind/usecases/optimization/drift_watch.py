"""Whether the model that serves has gone wrong, looked for in what builds took that followed its suggestions."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from inframind import wiring
from inframind.builds import Build
from inframind.errors import Conflict
from inframind.facts import ModelDrifted
from inframind.optimization.drifting import LOOKED_AT, Followed, drift
from inframind.optimization.versions import Drift, Ledger, drift_id
from inframind.ports.optimization import BuildQuery
from inframind.usecases.counters import add_counts

WORD = "optimization"
BUILDS = 400  # the latest, in which those are looked for that followed a suggestion


def watch_drift(now: datetime) -> bool:
    """Whether the serving version drifts; that it has begun to is announced on the bus, and counted, once.

    The announcement comes before the note of it, under an id that is the same if it has to be made again.
    """
    stored = wiring.models().load("graybox")
    ledger = stored.ledger
    card = ledger.card(ledger.serving)
    if card is None or ledger.since is None:
        return False
    error = card.errors.get("duration", card.error)
    found = drift(_followed(card.version, ledger.since), error, ledger.drift)
    if found is None or found == ledger.drift:
        return bool(ledger.drift and ledger.drift.is_drifting)
    if found.is_drifting and not (ledger.drift and ledger.drift.is_drifting):
        wiring.facts().announce([_fact(ledger, found, now)])
        add_counts(WORD, {("model_drifts_total", ()): 1})
    try:
        wiring.models().save(ledger.model_copy(update={"drift": found}), stored.tag)
    except Conflict:
        return found.is_drifting  # trained or rolled back meanwhile: the next look is at that version
    return found.is_drifting


def _followed(version: str, since: datetime) -> list[Followed]:
    """Builds that followed suggestions of this version, oldest first."""
    latest = wiring.builds().list(BuildQuery(outcome="success"), BUILDS).items
    pairs = (_pair(one, version) for one in _after(latest, since))
    return list(islice((pair for pair in pairs if pair), LOOKED_AT))[::-1]


def _after(builds: Iterable[Build], since: datetime) -> Iterable[Build]:
    return (one for one in builds if one.suggestion_id and one.duration_s and one.started_at >= since)


def _pair(build: Build, version: str) -> Followed | None:
    suggestion = wiring.builds().suggestion(build.suggestion_id or "")
    if suggestion is None or suggestion.duration_s is None or suggestion.model_version != version:
        return None
    if build.configuration not in (None, suggestion.configuration):
        return None
    return Followed(suggestion.duration_s.mean, build.duration_s or 0.0)


def _fact(ledger: Ledger, found: Drift, now: datetime) -> ModelDrifted:
    version = ledger.serving or ""
    return ModelDrifted(
        id=drift_id(version, ledger.since or now),
        occurred_at=now,
        model_version=version,
        builds=found.builds,
        error=found.error,
        expected_error=found.expected,
        explanation=found.explanation,
    )
