"""Alert economy: a long incident is one anomaly that opens, goes on and clears, not a hundred.

Only what beats the peak of the last hour speaks; while an anomaly is open, and for a while after it opened, only
something far louder does, and nothing that belongs to an anomaly which is told already (`deduplication.py`). Each alert
raises its series' own bar, so a series that alerts often must shout louder; the bar sinks again while the series is
quiet.
"""

import math

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model.columns import Column, State
from inframind.detection.model.verdicts import Codes, Floats, Phase

SILENCE = 29  # samples after an alert in which no other is raised
PEAK_HALF_LIFE = 36.0  # samples in which the recent peak is half forgotten
USUAL_STEP_MS = 720_000  # samples further apart count as several: both are hours then, not days of hourly samples
PEAK_SHARE = math.log(0.9)  # of the recent peak that must be reached to speak
BREAKS_SILENCE = math.log(3.0)  # over the recent peak: a second incident is not lost in the first one's silence
RAISE = 0.163  # what an alert adds to the logarithm of its series' bar
NEW_BAR = 0.15  # where a new series' bar stands: about as after one alert
BAR_MEMORY = 8500.0  # samples in which the bar sinks to a third: weeks
SLACK = 0.06  # how far below 1 a long quiet series' bar sinks, as a logarithm
HUSHED = 0.5  # what the score is held at while an anomaly goes on
JUST_BELOW = 0.99  # what it is held at otherwise, when it does not speak
LOUD = 0.7  # share of the bar from which on a sample is not calm
UNUSUAL_Z = 3.0  # deviations: a value that far out is not calm
NEVER = 30_000

Flags = NDArray[np.bool_]
Times = NDArray[np.int64]

LAYOUT = (
    Column("alert_open", "|u1"),
    Column("alert_calm", "|u1"),
    Column("alert_pending", "|u1"),
    Column("alert_since", "<i2", initial=NEVER),
    Column("alert_peak", "<f4", initial=-20.0),
    Column("alert_bar", "<f4", initial=NEW_BAR),
    Column("trigger", "|u1", initial=1),
    Column("recovery", "|u1", initial=5),
    Column("lenience", "<f4"),  # added to the logarithm of the bar
)


def speak(state: State, said: tuple[Floats, Flags], z: Floats, now: tuple[Flags, Times]) -> tuple[Floats, Codes]:
    """Score to announce and phase of each series, (n,), from its news and its z at one time step.

    News that is told already, the second of what is `said`, keeps an anomaly open and opens no other. `now` is which
    samples are present, and the milliseconds since the ones before.
    """
    (news, told), (present, elapsed_ms) = said, now
    loud = np.log(np.maximum(news, 1e-9)).astype(np.float32)
    state["alert_bar"] = np.where(present, _sunk(state["alert_bar"]), state["alert_bar"])
    excess = loud - state["alert_bar"] - state["lenience"]
    above = loud - state["alert_peak"]
    silent = ((state["alert_since"] < SILENCE) | (state["alert_open"] > 0)) & (above <= BREAKS_SILENCE)
    heard = (excess >= 0) & (above > PEAK_SHARE) & ~silent & ~told
    unusual = (excess >= math.log(LOUD)) | (np.abs(z) >= UNUSUAL_Z)
    waiting, pressing = state["alert_pending"], heard | (np.abs(z) >= UNUSUAL_Z)
    pending = np.where(waiting > 0, (waiting + 1) * pressing, heard)
    opens = present & (pending >= state["trigger"])
    _remember(state, (loud, pending, opens), (present, np.maximum(elapsed_ms // USUAL_STEP_MS, 1)))
    phase = _phase(state, opens, ~unusual, present)
    ceiling = np.where(phase == Phase.QUIET, JUST_BELOW, HUSHED)
    score = np.exp(np.minimum(excess, 50.0)).astype(np.float64)
    return np.where(opens, np.maximum(score, 1.0), np.minimum(score, ceiling)) * present, phase


def _sunk(bar: NDArray[np.float32]) -> NDArray[np.float32]:
    return (bar + np.float32(SLACK)) * np.float32(math.exp(-1.0 / BAR_MEMORY)) - np.float32(SLACK)


def _remember(
    state: State, said: tuple[NDArray[np.float32], NDArray[np.int64], Flags], now: tuple[Flags, Times]
) -> None:
    (loud, pending, opens), (present, samples) = said, now
    fades = np.float32(math.log(2.0) / PEAK_HALF_LIFE) * samples.astype(np.float32)
    peak = np.maximum(state["alert_peak"] - fades, loud)
    state["alert_peak"] = np.where(present, peak, state["alert_peak"])
    since = np.minimum(state["alert_since"] + present * samples, NEVER)
    state["alert_since"] = np.where(opens, 0, since).astype(np.int16)
    state["alert_bar"] = state["alert_bar"] + np.float32(RAISE) * opens
    waits = np.where(opens, 0, np.minimum(pending, 254))
    state["alert_pending"] = np.where(present, waits, state["alert_pending"]).astype(np.uint8)


def _phase(state: State, opens: Flags, calm: Flags, present: Flags) -> Codes:
    was_open = state["alert_open"] > 0
    run = np.where(calm, np.minimum(state["alert_calm"], 253) + present, 0)
    run = np.where(opens, 0, np.where(present, run, state["alert_calm"]))
    clears = was_open & ~opens & present & (run >= state["recovery"])
    goes_on = was_open & ~opens & ~clears
    state["alert_open"] = (opens | goes_on).astype(np.uint8)
    state["alert_calm"] = run.astype(np.uint8)
    return np.asarray(opens * Phase.OPENED + goes_on * Phase.ONGOING + clears * Phase.CLEARED, np.uint8)
