"""Answers are JSON that any reader takes."""

import json

import numpy as np

from inframind.frames import Frame
from inframind.series import wire
from inframind.series.query import Query
from inframind.series.retrieval import retrieve
from tests.series.builders import NOON_MS


def test_an_answer_reads_as_documented() -> None:
    values = np.array([[1.5], [np.nan], [np.inf], [-np.inf], [-0.0]])
    times = NOON_MS + np.array([0, 1, 1_000, 2_000, 3_000])
    frame = Frame("a/ü", (b"load\0room\0\xc3\xa4",), times, values)
    query = Query("a/ü", NOON_MS, NOON_MS + 60_000)
    page = json.loads(wire.samples_page(query, retrieve(query, [[frame]]), None))
    assert page == {
        "resource_id": "a/ü",
        "start": "2026-01-11T12:00:00Z",
        "end": "2026-01-11T12:01:00Z",
        "step": None,
        "series": [
            {
                "metric": "load",
                "labels": {"room": "ä"},
                "points": [
                    ["2026-01-11T12:00:00Z", 1.5],
                    ["2026-01-11T12:00:00.001Z", "NaN"],
                    ["2026-01-11T12:00:01Z", "+Inf"],
                    ["2026-01-11T12:00:02Z", "-Inf"],
                    ["2026-01-11T12:00:03Z", -0.0],
                ],
            }
        ],
        "cursor": None,
        "note": None,
    }
    wire.SamplesPage.model_validate(page)


def test_the_documented_examples_are_what_the_models_say() -> None:
    wire.SamplesPage.model_validate(wire.SAMPLES)
    wire.ResourcePage.model_validate(wire.RESOURCES)
