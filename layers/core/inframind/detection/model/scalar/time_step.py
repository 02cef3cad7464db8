"""One value of one series judged and learnt: `time_step.step` on plain numbers."""

from array import array
from math import inf, sqrt

import numpy as np

from inframind.detection.model import kinds, novelty, time_step
from inframind.detection.model.effect_size import FAR_MEAN, FAR_VALUE, STANDARD_ERRORS, WILD
from inframind.detection.model.effect_size import RARE_MEAN as RARE
from inframind.detection.model.kinds import STILL
from inframind.detection.model.scalar import alerting, clock, deduplication, season
from inframind.detection.model.scalar.novelty import News, observe
from inframind.detection.model.scalar.scalars import TINY, Scalars, single, within
from inframind.detection.model.scalar.season import Expected
from inframind.detection.model.season import LEARNING_CLIP, MEMORY, Z_CAP
from inframind.detection.model.time_step import (
    CRITICAL,
    LEVEL_RECORD,
    MIN_RANKED,
    RECORD,
    SEASON_BAND,
    SEASON_TRUSTED,
    SEASON_WEIGHT,
    YOUNG,
)
from inframind.detection.model.verdicts import Phase

SHIFT, ROUGHER, CALMER = single(time_step.SHIFT), single(time_step.ROUGHER), single(time_step.CALMER)
RARE_MEAN, ERRORS = single(RARE), STANDARD_ERRORS[:, 0].tolist()
LEAST_HISTORY = 6  # samples: what is special about the first ones is the bank's to know


def step(s: Scalars, time_ms: int, x: float) -> tuple[float, float]:
    """Score and continuous score of a present value of a series that has `LEAST_HISTORY`; learns it."""
    n, was = s.n, season.expect(s, time_ms, x)
    raw_std, z = sqrt(s.raw_var), was.z
    raw_z = within((x - s.raw_mean) / max(raw_std, was.floor), Z_CAP) if raw_std > was.floor else 0.0
    leftover = was.residual / max(was.std, was.floor) if was.std > was.floor else 0.0
    view = x, within(leftover, novelty.VIEW_CAP)
    trust = (SEASON_TRUSTED - s.spread[1] / max(s.spread[0], TINY)) / SEASON_BAND
    heard = observe(s, view)
    terms = _terms(heard, min(max(trust, 0.0), 1.0))
    news = max(map(_sum, terms)) * _is_heeded(s, (x, was), heard) * (n * n / (n * n + YOUNG * YOUNG))
    told = deduplication.is_told(s, heard, view)
    score, phase = alerting.speak(s, (news, told), z if n >= MIN_RANKED else 0.0, time_ms - s.newest_ms)
    deduplication.follow(s, view, phase)
    strength = SEASON_WEIGHT * abs(z) + (1.0 - SEASON_WEIGHT) * abs(raw_z)
    raw = strength * n / (n + MIN_RANKED) / CRITICAL if n >= MIN_RANKED else 0.0
    s.alert_kind = _kind(s, (heard, terms, z), phase) if phase else 0
    _learn_plain(s, x, raw_std if raw_std > was.floor else inf)
    clock.follow(s, time_ms)
    season.learn(s, x, was)
    return score, raw


def _terms(heard: News, trust: float) -> list[list[float]]:
    terms = []
    for records, surprise in zip(heard.records, heard.surprise, strict=True):
        over = [news if news > 0.0 else 0.0 for news in surprise]
        calmer = [news if news < 0.0 else 0.0 for news in surprise[3:]]
        mean = (records[1] + records[2] + records[3] + records[4] + records[5]) / 5.0
        about_value = RECORD * sqrt(records[0]), LEVEL_RECORD * sqrt(mean), single(SHIFT * _rms(over[:3]))
        terms.append([*about_value, single(ROUGHER * _rms(over[3:])), single(CALMER * _rms(calmer))])
    terms[1] = [term * trust for term in terms[1]]
    return terms


def _sum(terms: list[float]) -> float:
    return terms[0] + terms[1] + terms[2] + terms[3] + terms[4]


def _rms(a: list[float]) -> float:
    if not any(a):
        return 0.0
    first, second, third = array("f", [x * x for x in a])
    return single(sqrt(single(single(single(first + second) + third) / 3.0)))


def _is_heeded(s: Scalars, judged: tuple[float, Expected], heard: News) -> bool:
    x, was = judged
    settled = s.n >= time_step.MIN_HISTORY and (s.n >= time_step.SETTLED or abs(was.z) >= time_step.FAR_OUT)
    return settled and _admits(s, x, was.level + was.daily + was.weekly) and _is_large(s, heard, was.z)


def _admits(s: Scalars, x: float, expected: float) -> bool:
    apart = x - expected
    far = abs(apart) >= s.least_change and abs(apart) >= s.least_share * abs(expected)
    return bool(far and apart * s.direction >= 0)


def _is_large(s: Scalars, heard: News, z: float) -> bool:
    if abs(z) >= single(FAR_VALUE * s.strict):
        return True
    far = single(FAR_MEAN * s.strict)
    for i, (moved, error) in enumerate(zip(heard.moved[1], ERRORS, strict=True)):
        if abs(moved) / error >= far and max(heard.surprise[0][i], heard.surprise[1][i]) >= RARE_MEAN:
            return True
    return any(rough[0] >= WILD * max(rough[3], TINY) or rough[0] <= STILL * max(rough[3], TINY) for rough in s.rough)


def _kind(s: Scalars, judged: tuple[News, list[list[float]], float], phase: Phase) -> int:
    """The word for it, asked of `kinds`: only while something goes on."""
    heard, terms, z = judged
    state = {"rough": np.array(s.rough)[..., None], "alert_kind": np.array([s.alert_kind], np.uint8)}
    seen = np.array(heard.moved)[..., None], np.array(terms)[..., None], np.array([z])
    return int(kinds.name(state, seen, np.array([phase], np.uint8))[0])


def _learn_plain(s: Scalars, x: float, std: float) -> None:
    rate = 1.0 / min(s.n + 1.0, MEMORY)
    apart = within(x - s.raw_mean, LEARNING_CLIP * std)
    s.raw_mean = s.raw_mean + rate * apart
    s.raw_var = (1.0 - rate) * (s.raw_var + rate * apart * apart)
