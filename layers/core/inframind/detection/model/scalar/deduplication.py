"""What an anomaly of one series has told already: `deduplication.py` on plain numbers."""

from math import inf

from inframind.detection.model import deduplication
from inframind.detection.model.deduplication import AWAY, DEVIATION, LASTS, LATELY, LONGEST, SHORTEST, UNLIKE
from inframind.detection.model.effect_size import FAR_VALUE, STANDARD_ERRORS, WILD
from inframind.detection.model.kinds import MOVED, STILL
from inframind.detection.model.novelty import VIEW_CAP
from inframind.detection.model.scalar.novelty import News, Pair
from inframind.detection.model.scalar.scalars import TINY, Scalars, single
from inframind.detection.model.verdicts import Phase

CLIP = single(deduplication.CLIP)
FAR_AWAY = AWAY * float(STANDARD_ERRORS[LONGEST, 0])
SEASONAL = deduplication.SEASONAL


def is_told(s: Scalars, heard: News, view: Pair) -> bool:
    """Whether what the series does now belongs to the anomaly it had last."""
    if not s.told:
        return False
    lasts = _is_elsewhere(s, heard) or s.alert_since < LASTS
    s.told = int(lasts)
    return lasts and not any(_is_new(s, heard, (v, value)) for v, value in enumerate(view))


def follow(s: Scalars, view: Pair, phase: Phase) -> None:
    """Note what has been told now, and learn how far the value lies from its last hundred."""
    if phase == Phase.OPENED:
        s.told = 1
    rate = single(1.0 / min(s.n + 1.0, LATELY))
    for v, value in enumerate(view):
        usual = s.lately[v]
        apart = min(single(abs(value - s.means[v][LONGEST])), single(CLIP * usual) if usual > 0 else inf)
        step = single(single(apart - usual) * rate)
        if v != SEASONAL or abs(value) < VIEW_CAP:
            s.lately[v] = single(usual + step)


def _is_elsewhere(s: Scalars, heard: News) -> bool:
    if abs(heard.moved[SEASONAL][LONGEST]) >= FAR_AWAY:
        return True
    return any(rough[2] >= UNLIKE * rough[3] or rough[2] * UNLIKE <= rough[3] for rough in s.rough)


def _is_new(s: Scalars, heard: News, seen: tuple[int, float]) -> bool:
    v, value = seen
    moved, rough, fifty = heard.moved[v], s.rough[v], s.rough[v][1]
    least = single(s.strict * DEVIATION) * max(s.lately[v], fifty)
    if abs(value - s.means[v][LONGEST]) >= FAR_VALUE * least:
        return True
    if abs(moved[SHORTEST] - moved[LONGEST]) >= MOVED * least:
        return True
    lately = max(rough[2], TINY)
    return bool(rough[0] >= WILD * max(lately, fifty) or rough[0] <= STILL * lately)
