"""The shipped detector: what one time step does to every series.

One set of constants for every series. They were fitted together, and most can be halved or doubled at the cost of
a window or two of a benchmark's sixty (docs/detection.md has the table).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model import alerting, clock, deduplication, kinds, novelty, season, tuning
from inframind.detection.model.columns import State
from inframind.detection.model.effect_size import is_large
from inframind.detection.model.novelty import News
from inframind.detection.model.season import Expected
from inframind.detection.model.verdicts import Floats, Verdicts

MIN_HISTORY = 50  # samples before an anomaly can open: fewer do not tell what is usual
SETTLED = 150  # samples before which only values far out are news: almost anything breaks a young record
FAR_OUT = 4.5  # deviations: of a young series, more often than of an old one, some value is 4 off
YOUNG = 100.0  # samples at which news is half believed: much is new in a short history
MIN_RANKED = 10  # samples before the continuous score says anything, and at which it is half believed
RECORD, LEVEL_RECORD = 13.5, 14.4  # weights of the terms of the news
SHIFT, ROUGHER, CALMER = 0.243, 0.342, 0.522
SEASON_TRUSTED, SEASON_BAND = 0.65, 0.18  # share left over below which the season's view counts, and how gradually
SEASON_WEIGHT = 0.7  # in the continuous score; the rest is the plain z
CRITICAL = 4.0  # deviations that make a continuous score of 1
LARGEST = 1e30  # no metric reaches it; beyond, squares and single precision overflow

Flags = NDArray[np.bool_]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One time step's values and local times, (n,) each or one time for all; where they are absent, the level."""

    x: Floats
    time_ms: Times
    local_ms: Times
    present: Flags


def replay(state: State, clocks: tuple[Times, Times], values: Floats, verdicts: Verdicts) -> None:
    """Judge and learn `values` (t, n) at times and local times, (t,) or (t, n) each, step by step.

    A value that is not finite or beyond `LARGEST`, or not later than what its series has seen (`clock.py`), is missing.
    """
    times_ms, local_ms = clocks
    with np.errstate(all="ignore"):
        for i, time_ms in enumerate(times_ms):
            present = (np.abs(values[i]) <= LARGEST) & clock.is_due(state, time_ms)
            x = np.where(present, values[i], state["level"])
            step(state, Sample(x, time_ms, local_ms[i], present), (verdicts, i))


def step(state: State, sample: Sample, out: tuple[Verdicts, int]) -> None:
    """Judge one value of each series against the state before it, then learn it.

    Writes row `out[1]` of the verdicts.
    """
    x, present = sample.x, sample.present
    state["first_ms"] = _first_ms(state, sample)
    was = season.expect(state, sample.local_ms, x)
    raw_z, raw_std = _plain(state, x, was)
    trust = np.clip((SEASON_TRUSTED - season.explained(state)) / SEASON_BAND, 0.0, 1.0)
    leftover = np.where(was.std > was.floor, was.residual / np.maximum(was.std, was.floor), 0.0)
    view = np.stack([x, np.clip(leftover, -novelty.VIEW_CAP, novelty.VIEW_CAP)])
    ranked = present & (state["n"] >= MIN_RANKED)
    heard = novelty.observe(state, view, present)
    terms = _terms(heard)
    terms[1] *= trust
    weighed = terms.sum(axis=1)
    heeded = present & _settled(state["n"], was.z) & tuning.admits(state, x, was.value)
    news = weighed.max(axis=0) * (heeded & is_large(state, heard, was.z)) * _belief(state["n"])
    told = deduplication.is_told(state, heard, view)
    verdicts, i = out
    verdicts.score[i], verdicts.phase[i] = alerting.speak(
        state, (news, told), was.z * ranked, (present, _elapsed_ms(state, sample))
    )
    deduplication.follow(state, view, present, verdicts.phase[i])
    strength = SEASON_WEIGHT * np.abs(was.z) + (1.0 - SEASON_WEIGHT) * np.abs(raw_z)
    verdicts.raw[i] = ranked * strength * state["n"] / (state["n"] + MIN_RANKED) / CRITICAL
    _report(verdicts, i, (was, present & (state["n"] > 0)))
    verdicts.kind[i] = kinds.name(state, (heard.moved, terms, was.z), verdicts.phase[i])
    _learn_plain(state, x, raw_std, present)
    clock.follow(state, sample.time_ms, present)
    season.learn(state, x, was, present)


def _first_ms(state: State, sample: Sample) -> Times:
    """Local time of each series' first sample, or of its second where that came from further back."""
    n, first, local = state["n"], state["first_ms"], sample.local_ms
    return np.asarray(np.where((n < 1) | ((n == 1) & sample.present & (local < first)), local, first), np.int64)


def _elapsed_ms(state: State, sample: Sample) -> Times:
    """Since each series' newest sample; 0 for its first."""
    newest = np.where(state["n"] > 0, state["newest_ms"], sample.time_ms)
    return np.asarray(sample.time_ms - newest, np.int64)


def _terms(heard: News) -> Floats:
    """What each kind of news adds, (views, 5, n)."""
    records, surprise = heard.records, heard.surprise
    over, calmer = np.maximum(surprise, np.float32(0.0)), np.minimum(surprise[:, 3:], np.float32(0.0))
    terms = np.empty((novelty.VIEWS, 5, records.shape[2]))
    terms[:, 0] = RECORD * np.sqrt(records[:, 0])
    terms[:, 1] = LEVEL_RECORD * np.sqrt(records[:, 1:].mean(axis=1))
    terms[:, 2] = SHIFT * _rms(over[:, :3])
    terms[:, 3] = ROUGHER * _rms(over[:, 3:])
    terms[:, 4] = CALMER * _rms(calmer)
    return terms


def _settled(n: Floats, z: Floats) -> Flags:
    return np.asarray((n >= MIN_HISTORY) & ((n >= SETTLED) | (np.abs(z) >= FAR_OUT)), np.bool_)


def _belief(n: Floats) -> Floats:
    return np.asarray(n * n / (n * n + YOUNG * YOUNG), np.float64)


def _rms(a: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square of three, along the second axis."""
    square = a * a
    return np.asarray(np.sqrt((square[:, 0] + square[:, 1] + square[:, 2]) / np.float32(3.0)))


def _plain(state: State, x: Floats, was: Expected) -> tuple[Floats, Floats]:
    std = np.sqrt(state["raw_var"])
    apart = x - state["raw_mean"]
    z = np.where(std > was.floor, apart / np.maximum(std, was.floor), 0.0)
    return np.clip(z, -season.Z_CAP, season.Z_CAP), np.where(std > was.floor, std, np.inf)


def _learn_plain(state: State, x: Floats, std: Floats, present: Flags) -> None:
    rate = present / np.minimum(state["n"] + 1.0, season.MEMORY)
    limit = season.LEARNING_CLIP * std
    apart = np.clip(x - state["raw_mean"], -limit, limit)
    state["raw_mean"] = state["raw_mean"] + rate * apart
    learnt = (1.0 - rate) * (state["raw_var"] + rate * apart * apart)
    state["raw_var"] = np.where(present, learnt, state["raw_var"])


def _report(verdicts: Verdicts, i: int, judged: tuple[Expected, Flags]) -> None:
    was, known = judged
    verdicts.z[i] = np.where(known, was.z, 0.0)
    verdicts.expected[i] = np.where(known, was.value, np.nan)
    verdicts.std[i] = np.where(known, was.std, np.nan)
