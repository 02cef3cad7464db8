"""Versions of the optimizer's models: what each was learnt from, how well it did, which one serves, and the way back.

The ledger of a kind is one record, replaced whole: who trains, promotes or rolls back at the same time as someone else
finds out and looks again.
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from inframind.errors import Conflict
from inframind.identity import content_id
from inframind.records import Moment, Record

Kind = Literal["graybox", "forest_v1"]
KEPT = 50  # versions on the ledger; the one that serves stays whatever its age
LEAST_GAIN = (
    0.01  # of the error of the version that serves: a hold-out tells no less, and each change costs a step back
)
STEPS_BACK = 10  # versions that a rollback, and the next, and so on, come to: their bytes are kept

Verdict = Literal["first", "better", "not better", "not judged"]


class ModelCard(Record):
    """One version: what it was learnt from, how far off it was on builds it had not seen, and what came of that.

    Its name is derived from its kind and data: learning the same again makes the same version. Errors are means of
    |log(measured / predicted)| over the hold-out, the newest builds: 0.1 is about a tenth off.
    """

    version: str
    kind: Kind
    trained_at: Moment
    learnt_until: Moment = Field(description="Builds from then on are the hold-out: none of them was learnt from.")
    builds: int
    pipelines: int
    held_out: int
    data_sha256: str
    size_bytes: int
    error: float = Field(description="What versions are compared by: the mean of its errors.")
    errors: dict[str, float] = Field(description="By what was predicted.")
    compared: float | None = Field(None, description="The error of the version that served, on the same builds.")
    verdict: Verdict
    reason: str


class Drift(Record):
    """How far off the serving version is on builds that followed its suggestions."""

    builds: int
    error: float
    expected: float
    is_drifting: bool
    explanation: str


class Ledger(Record):
    """The versions of a kind, newest first; which serves, which served before, and what was found of it lately."""

    kind: Kind
    serving: str | None = None
    since: Moment | None = None
    checked_at: Moment | None = Field(None, description="When it was last found to be up to date.")
    before: tuple[str, ...] = Field((), description="Versions that served before, the latest last.")
    drift: Drift | None = None
    versions: tuple[ModelCard, ...] = ()

    def card(self, version: str | None) -> ModelCard | None:
        """The card of a version, or None."""
        return next((card for card in self.versions if card.version == version), None)

    @property
    def needed(self) -> frozenset[str]:
        """Versions whose bytes have to be there: the one that serves, and those that rollbacks come to."""
        return frozenset(version for version in (self.serving, *self.before) if version)

    def age(self, now: datetime) -> timedelta | None:
        """Time since the serving version was found to be up to date; None if none serves."""
        return now - self.checked_at if self.serving and self.checked_at else None


def version_of(kind: Kind, data_sha256: str) -> str:
    """The name of what is learnt from this data.

    >>> version_of("graybox", "5d20e8463f9c" + 52 * "0")
    'graybox-5d20e8463f9c'
    """
    return f"{kind}-{data_sha256[:12]}"


def beats(error: float, serving: float) -> bool:
    """Whether a version with this error is to take the place of the one that serves, which had that on the same builds.

    What is gained in small steps adds up: each version is compared with the one that serves, not with the last one.

    >>> beats(0.1766, 0.177), beats(0.175, 0.177), beats(0.175, float("inf"))
    (False, True, True)
    """
    return error < (1 - LEAST_GAIN) * serving


def with_version(ledger: Ledger, card: ModelCard, now: datetime) -> Ledger:
    """The ledger after a training: the version is on it, and serves if it was the first or better.

    A version that is on it already stays as it was: trained again, rolled back and trained again, it changes nothing.
    """
    if ledger.card(card.version):
        return checked(ledger, now)
    known = (card, *ledger.versions)
    latest = ledger.model_copy(update={"versions": known, "checked_at": now})
    if card.verdict in ("first", "better"):
        latest = _serving(latest, card.version, now)
    return latest.model_copy(update={"versions": _kept(latest)})


def checked(ledger: Ledger, now: datetime) -> Ledger:
    """The ledger, its serving version found to be up to date."""
    return ledger.model_copy(update={"checked_at": now})


def rolled_back(ledger: Ledger, now: datetime) -> Ledger:
    """The ledger with the version that served before serving again; raises `Conflict` if there is none.

    The version that is left stays on the ledger, and is not promoted again.
    """
    if not ledger.before:
        raise Conflict(f"No version of {ledger.kind} served before the one that serves now.")
    *earlier, version = ledger.before
    update = {"serving": version, "since": now, "checked_at": now, "before": tuple(earlier), "drift": None}
    return ledger.model_copy(update=update)


def drift_id(version: str, since: datetime) -> str:
    """The id of the fact that a version, which has served since then, drifts."""
    return content_id([version.encode(), since.isoformat().encode()])


def _serving(ledger: Ledger, version: str, now: datetime) -> Ledger:
    before = (*ledger.before, ledger.serving) if ledger.serving else ledger.before
    return ledger.model_copy(update={"serving": version, "since": now, "before": before[-STEPS_BACK:], "drift": None})


def _kept(ledger: Ledger) -> tuple[ModelCard, ...]:
    """The newest cards, and those of the versions that serve or may serve again next."""
    needed = {ledger.serving, *ledger.before[-1:]}
    return tuple(card for place, card in enumerate(ledger.versions) if place < KEPT or card.version in needed)
