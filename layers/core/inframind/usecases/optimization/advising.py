"""What the next build should run with: builds and model fetched, the room asked, the answer kept."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from time import monotonic

import numpy as np

from inframind import wiring
from inframind.builds import Build, Suggestion
from inframind.entry import logger
from inframind.errors import Rejected, Unavailable
from inframind.optimization import learnt
from inframind.optimization.asking import OptimizeWanted
from inframind.optimization.baseline import Baseline
from inframind.optimization.forest import Forest
from inframind.optimization.forest import read as read_forest
from inframind.optimization.graybox import GrayBox
from inframind.optimization.requests import Model
from inframind.optimization.standing import Policy
from inframind.optimization.suggesting import suggest
from inframind.optimization.versions import Ledger
from inframind.ports.optimization import BuildQuery
from inframind.settings import settings
from inframind.usecases.counters import add_counts
from inframind.usecases.optimization.recording import prices

WORD = "optimization"
OWN = 100  # builds of the pipeline that are looked at: what is older was another code base
FRESH_S = 60.0  # a version that was promoted or rolled back reaches warm functions within this


def advise(wanted: OptimizeWanted) -> Suggestion:
    """The suggestion, kept by its id so that the builds that follow it can be compared with it."""
    own = wiring.builds().list(BuildQuery(pipeline=wanted.pipeline), OWN).items
    served = _asked(wanted, own, datetime.now(UTC))
    request = wanted.request(prices()).model_copy(
        update={
            "builds_elsewhere": max(0, served.learnt_from - len(own)),
            "model_age": served.ledger.age(datetime.now(UTC)),
        }
    )
    found = suggest(request, own[::-1], served.model, np.random.default_rng(secrets.randbits(128)), policy())
    wiring.builds().suggest(found)
    add_counts(WORD, {("suggestions_total", (("explores", str(found.explores).lower()),)): 1})
    return found


def policy() -> Policy:
    """How far the guards of this deployment let a suggestion go."""
    said = settings()
    return Policy(
        headroom=said.build_memory_headroom,
        step=said.build_change_factor,
        least_own=said.build_least_own,
        least_known=said.build_least_known,
        stale_after=timedelta(days=said.build_stale_days),
        worse=said.build_canary_margin,
        exploration=said.build_exploration_share,
    )


def _asked(wanted: OptimizeWanted, own: Sequence[Build], now: datetime) -> "Served":
    """The model that was asked for; the gray box where there is no forest yet, or none that can be read."""
    ledger = wiring.models().load(wanted.model).ledger if wanted.model != "graybox" else None
    if ledger is None or ledger.serving is None:
        return serving_model().served()
    try:
        forest = _forest(ledger.serving)
    except Rejected as damaged:
        logger(WORD).error("model cannot be read", version=ledger.serving, reason=damaged.detail)
        return serving_model().served()
    to_come = Build(run_id="", pipeline=wanted.pipeline, started_at=now, branch=wanted.branch, context=wanted.context)
    return Served(Baseline(ledger.serving, forest, to_come, own), ledger)


@lru_cache(maxsize=2)
def _forest(version: str) -> Forest:
    """A version's forest; it never changes, for its name is derived from its data."""
    return read_forest(wiring.models().data(version))


@dataclass(frozen=True, slots=True)
class Served:
    """The model that suggests, and the ledger that names it."""

    model: Model
    ledger: Ledger

    @property
    def learnt_from(self) -> int:
        """Builds that the model was learnt from."""
        card = self.ledger.card(self.ledger.serving)
        return card.builds if card else 0


class ServingModel:
    """The serving model, read anew when its version changes, looked after once a minute."""

    def __init__(self) -> None:
        self._looked_at = float("-inf")
        self._served = Served(GrayBox(), Ledger(kind="graybox"))

    def served(self) -> Served:
        """The model as it is served now; while the store is away, as it was."""
        if monotonic() - self._looked_at < FRESH_S:
            return self._served
        try:
            ledger = wiring.models().load("graybox").ledger
            self._served = Served(self._model(ledger.serving), ledger)
            self._looked_at = monotonic()
        except Unavailable as away:
            if self._looked_at == float("-inf"):
                raise
            logger(WORD).warning("model not looked after", reason=away.detail)
        return self._served

    def _model(self, version: str | None) -> Model:
        if version is None:
            return GrayBox()
        if version == self._served.ledger.serving:
            return self._served.model
        try:
            return GrayBox(learnt.read(wiring.models().data(version), version))
        except Rejected as damaged:
            logger(WORD).error("model cannot be read", version=version, reason=damaged.detail)
            return GrayBox()


@cache
def serving_model() -> ServingModel:
    """This process's serving model."""
    return ServingModel()
