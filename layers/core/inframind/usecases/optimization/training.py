"""The optimizer's models trained from the builds there are, judged on builds they have not seen, promoted or not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from inframind import wiring
from inframind.builds import Build
from inframind.errors import Conflict, NotFound, Rejected, Unavailable
from inframind.optimization import forest, learnt
from inframind.optimization.graybox import GrayBox
from inframind.optimization.judging import (
    LEAST_HELD_OUT,
    Split,
    data_sha256,
    forest_errors,
    mean_error,
    model_errors,
    pasts,
    split,
)
from inframind.optimization.learning import learn
from inframind.optimization.versions import (
    LEAST_GAIN,
    Kind,
    Ledger,
    ModelCard,
    Verdict,
    beats,
    checked,
    version_of,
    with_version,
)
from inframind.ports.optimization import BuildQuery

MOST = 2_000  # builds learnt from, the latest
PAGE = 200
UNFINISHED = timedelta(days=1)  # bytes younger than this may be a version that another trainer is about to note
TRIES = 5  # trainers that meet at a ledger: each time one of them gets through

Errors = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Learner:
    """How models of a kind are made, judged by what they get wrong from a moment on, and what is usual without one."""

    kind: Kind
    learn: Callable[[Split], bytes]
    errors: Callable[[bytes, Split, datetime], Errors]
    usual: Callable[[Split, Errors], float]


GRAYBOX = Learner(
    "graybox",
    lambda parts: learnt.packed(learn(pasts(parts.early))),
    lambda data, parts, since: model_errors(GrayBox(learnt.read(data, "")), parts, since),
    lambda parts, _errors: mean_error(model_errors(GrayBox(), parts, parts.cut)),
)


def forest_v1(grow: Callable[[Split], forest.Forest]) -> Learner:
    """The baseline: a forest of durations, grown by `grow`; the usual is the median of the pipeline's last builds."""
    return Learner(
        "forest_v1",
        lambda parts: grow(parts).packed(),
        lambda data, parts, since: forest_errors(forest.read(data), parts, since),
        lambda _parts, errors: errors.get("pipeline_median", float("inf")),
    )


def known_builds() -> list[Build]:
    """The latest builds that have ended."""
    found: list[Build] = []
    cursor = None
    while len(found) < MOST:
        page = wiring.builds().list(BuildQuery(), PAGE, cursor)
        found += [one for one in page.items if one.outcome != "running"]
        cursor = page.cursor
        if cursor is None:
            break
    return found[:MOST]


def trained(learner: Learner, builds: Sequence[Build], now: datetime) -> Ledger:
    """The ledger after a training on these builds. The same builds again change nothing but when that was checked."""
    parts = split(builds)
    for _ in range(TRIES):
        stored = wiring.models().load(learner.kind)
        ledger = stored.ledger
        if parts is None:
            return ledger
        sha256 = data_sha256([*parts.early, *parts.late])
        version = version_of(learner.kind, sha256)
        if ledger.card(version):
            latest = checked(ledger, now)
        else:
            data = learner.learn(parts)
            wiring.models().put(version, data)
            latest = with_version(ledger, _card(learner, parts, _Learnt(version, sha256, data, ledger), now), now)
        try:
            wiring.models().save(latest, stored.tag)
        except Conflict:
            continue
        wiring.models().prune(learner.kind, latest.needed, now - UNFINISHED)
        return latest
    raise Unavailable(f"The versions of {learner.kind} are being written by others.")


@dataclass(frozen=True, slots=True)
class _Learnt:
    version: str
    sha256: str
    data: bytes
    ledger: Ledger


def _card(learner: Learner, parts: Split, found: _Learnt, now: datetime) -> ModelCard:
    errors = learner.errors(found.data, parts, parts.cut)
    verdict, compared, reason = _verdict(learner, parts, found, errors)
    return ModelCard(
        version=found.version,
        kind=learner.kind,
        trained_at=now,
        learnt_until=parts.cut,
        builds=len(parts.early),
        pipelines=len({one.pipeline for one in parts.early}),
        held_out=len(parts.late),
        data_sha256=found.sha256,
        size_bytes=len(found.data),
        error=_bounded(mean_error(errors)),
        errors={what: _bounded(error) for what, error in errors.items()},
        compared=None if compared is None else _bounded(compared),
        verdict=verdict,
        reason=reason,
    )


def _verdict(learner: Learner, parts: Split, found: _Learnt, errors: Errors) -> tuple[Verdict, float | None, str]:
    """Whether it is better than the version that serves, on builds that neither has seen; the other's error, why."""
    error, serving = mean_error(errors), found.ledger.card(found.ledger.serving)
    against = _serving_data(serving) if serving else None
    if serving is None or against is None:
        usual = learner.usual(parts, errors)
        better: Verdict = "first" if error <= usual else "not better"
        return better, usual, f"off by {error:.3f}, what is usual anywhere by {usual:.3f}; no version serves"
    since = max(parts.cut, serving.learnt_until)
    unseen = sum(one.started_at >= since for one in parts.late)
    if unseen < LEAST_HELD_OUT:
        return "not judged", None, f"{unseen} builds that neither version has seen are too few"
    error = mean_error(learner.errors(found.data, parts, since))
    other = mean_error(learner.errors(against, parts, since))
    words = f"off by {error:.3f}, {serving.version} by {other:.3f}, on {unseen} builds that neither has seen"
    if beats(error, other):
        return "better", other, words
    return "not better", other, f"{words}; to serve, it would have to be better by {100 * LEAST_GAIN:g} %"


def _serving_data(card: ModelCard) -> bytes | None:
    """The bytes of the serving version; None where they are gone, or no longer readable by this code."""
    try:
        data = wiring.models().data(card.version)
        learnt.read(data, card.version) if card.kind == "graybox" else forest.read(data)
    except (NotFound, Rejected):
        return None
    return data


def _bounded(error: float) -> float:
    """To four digits behind the point, more than any hold-out tells; JSON has no infinity."""
    return round(min(error, 1e6), 4)
