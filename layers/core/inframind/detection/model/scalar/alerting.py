"""Alert economy of one series: `alerting.py` on plain numbers."""

from math import exp, log

import numpy as np

from inframind.detection.model import alerting
from inframind.detection.model.alerting import HUSHED, JUST_BELOW, NEVER, SILENCE, UNUSUAL_Z, USUAL_STEP_MS
from inframind.detection.model.scalar.scalars import Scalars, single
from inframind.detection.model.verdicts import Phase

SLACK, SINKS = single(alerting.SLACK), single(exp(-1.0 / alerting.BAR_MEMORY))
FADES, RAISE = single(log(2.0) / alerting.PEAK_HALF_LIFE), single(alerting.RAISE)
PEAK_SHARE, BREAKS_SILENCE = single(alerting.PEAK_SHARE), single(alerting.BREAKS_SILENCE)
LOUD = single(log(alerting.LOUD))


def speak(s: Scalars, said: tuple[float, bool], z: float, elapsed_ms: int) -> tuple[float, Phase]:
    """Score to announce and phase of one value, from its news (told or not), its z, and the time since the last."""
    news, told = said
    loud = single(float(np.log(max(news, 1e-9))))
    s.alert_bar = single(single(single(s.alert_bar + SLACK) * SINKS) - SLACK)
    excess = single(single(loud - s.alert_bar) - s.lenience)
    above = single(loud - s.alert_peak)
    silent = (s.alert_since < SILENCE or s.alert_open > 0) and above <= BREAKS_SILENCE
    heard = excess >= 0 and above > PEAK_SHARE and not silent and not told
    far = abs(z) >= UNUSUAL_Z
    pending = (s.alert_pending + 1) * (heard or far) if s.alert_pending > 0 else int(heard)
    opens = pending >= s.trigger
    _remember(s, loud, (pending, opens), max(elapsed_ms // USUAL_STEP_MS, 1))
    phase = _phase(s, opens, not (excess >= LOUD or far))
    score = float(np.exp(np.float32(min(excess, 50.0))))
    return max(score, 1.0) if opens else min(score, JUST_BELOW if phase == Phase.QUIET else HUSHED), phase


def _remember(s: Scalars, loud: float, now: tuple[int, bool], samples: int) -> None:
    pending, opens = now
    s.alert_peak = max(single(s.alert_peak - single(FADES * single(samples))), loud)
    s.alert_since = 0 if opens else min(s.alert_since + samples, NEVER)
    if opens:
        s.alert_bar = single(s.alert_bar + RAISE)
    s.alert_pending = 0 if opens else min(pending, 254)


def _phase(s: Scalars, opens: bool, calm: bool) -> Phase:
    was_open = s.alert_open > 0
    run = 0 if opens or not calm else min(s.alert_calm, 253) + 1
    clears = was_open and not opens and run >= s.recovery
    goes_on = was_open and not opens and not clears
    s.alert_open, s.alert_calm = int(opens or goes_on), run
    return Phase.OPENED if opens else Phase.ONGOING if goes_on else Phase.CLEARED if clears else Phase.QUIET
