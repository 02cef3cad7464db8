"""What an anomaly says to the person on call."""

from inframind.detection.anomalies.departure import Departure, Direction
from inframind.detection.model.verdicts import Kind

SHAPES = {
    Kind.NORMAL: "left its expected range",
    Kind.SPIKE: "jumped up",
    Kind.DIP: "dropped",
    Kind.NEW_HIGH: "is higher than ever seen",
    Kind.NEW_LOW: "is lower than ever seen",
    Kind.LEVEL_UP: "has moved to a higher level",
    Kind.LEVEL_DOWN: "has moved to a lower level",
    Kind.VARIANCE: "varies unlike before",
    Kind.FLATLINE: "has stopped moving",
    Kind.DRIFT_UP: "drifts upwards",
    Kind.DRIFT_DOWN: "drifts downwards",
    Kind.ABSENT: "has stopped arriving",
}

MOVES: dict[Kind, Direction] = {  # of means over many values; the one that is named may lie on the other side
    Kind.LEVEL_UP: "up",
    Kind.DRIFT_UP: "up",
    Kind.LEVEL_DOWN: "down",
    Kind.DRIFT_DOWN: "down",
}


def plain(departure: Departure) -> str:
    """One sentence: what happened, to what value, and what was expected.

    >>> from inframind.identity import SeriesId
    >>> print(plain(Departure(SeriesId("web-1", "cpu_usage"), 0, 95.0, 47.5, 2.8, 16.96, 4.2, Kind.SPIKE)))
    cpu_usage of web-1 jumped up: 95 where 47.5 was expected, 39.1 to 55.9 is usual (+100 %, 17.0 standard deviations).
    """
    low, high = departure.band
    percent = departure.deviation_percent
    share = "" if percent is None else f"{percent:+.0f} %, "
    return (
        f"{departure.series.metric}{_labels(departure)} of {departure.series.resource} {_shape(departure)}: "
        f"{departure.value:.4g} where {departure.expected:.4g} was expected, {low:.4g} to {high:.4g} is usual "
        f"({share}{abs(departure.z):.1f} standard deviations)."
    )


def _shape(departure: Departure) -> str:
    way = MOVES.get(departure.kind, departure.direction)
    against = departure.direction not in (way, "none")
    return SHAPES[departure.kind] + (", though not in this value" if against else "")


def _labels(departure: Departure) -> str:
    pairs = ", ".join(f"{name}={value}" for name, value in departure.series.labels)
    return f" ({pairs})" if pairs else ""
