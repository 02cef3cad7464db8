"""Which pipelines have counters of their own: so many, for each makes four series of Prometheus that never end.

First come, first served. One that has been silent for long gives its place to another that asks, never before.
"""

from datetime import datetime, timedelta

from pydantic import Field

from inframind.records import Moment, Record

MOST = 50  # places: 200 series
SILENT = timedelta(days=90)  # a release that is built every quarter keeps its place
NOTED = timedelta(days=1)  # what was noted is no news so long: a write a day, not one a build


class Places(Record):
    """When each pipeline that has a place last ended a build, to the day."""

    heard: dict[str, Moment] = Field(default_factory=dict)


def seated(places: Places, pipeline: str, now: datetime) -> tuple[Places, str | None]:
    """The places after a pipeline has ended a build, with a place for it if there is one, and who gave it up for it.

    The same places where nothing is to be noted.
    """
    noted = places.heard.get(pipeline)
    if noted is not None:
        return (_with(places, pipeline, now), None) if now - noted >= NOTED else (places, None)
    if len(places.heard) < MOST:
        return _with(places, pipeline, now), None
    quietest = min(places.heard, key=lambda name: (places.heard[name], name))
    if now - places.heard[quietest] < SILENT:
        return places, None
    left = {name: heard for name, heard in places.heard.items() if name != quietest}
    return _with(Places(heard=left), pipeline, now), quietest


def _with(places: Places, pipeline: str, now: datetime) -> Places:
    return Places(heard=places.heard | {pipeline: now})
