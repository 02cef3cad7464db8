"""The plots of README.md and docs/detection.md: series, what was expected of them, what was labelled and detected.

make plots DATA=folder     (the folder holds `nab-dev` and `cloud-dev`, as `inframind backtest` reads them)
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from infra.demo.fleet import QUIET_STEPS, STEP_S, Curve, fleet
from inframind.backtest.labels import Labels
from inframind.backtest.recordings import Recording, read_all
from inframind.backtest.replay import learnt_at
from inframind.detection.bank.bank import Bank
from inframind.detection.model.verdicts import Kind, Phase, Verdicts

IMAGES = Path(__file__).parents[2] / "docs/img"
POINTS = 2_500  # that a plot of this width can show; of more, the extremes of each stretch are drawn
APART = 0.045  # of the width between two names, or they cover each other
DEMO_SEED, SHOWN_STEPS = 7, 80  # the fleet of `make demo`, and how much of its end is drawn: twenty minutes
BAND, LINE, LABELLED, FOUND = "#9ecae1", "#333333", "#fdae6b", "#d62728"

NAB = {
    "nyc_taxi": "NYC taxi demand, half-hourly (NAB): marathon, Thanksgiving, Christmas, New Year, snow storm",
    "ambient": "Ambient temperature of an office, hourly (NAB)",
    "825cc2": "CPU of an instance, every 5 minutes (NAB)",
    "flatmiddle": "Artificial daily wave that stays flat one day (NAB)",
}
CLOUD = {
    "outbound-07": "Latency of calls to a backend, hourly (Microsoft cloud monitoring data set)",
    "purchase-04": "Purchases in a shop, hourly",
    "ingress-05": "Data coming in, every minute",
}


def main(data: Path) -> None:
    """Draws both images anew."""
    mpl.use("Agg")
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    labels = Labels.read(None, data / "nab-dev/combined_windows.json")
    draw(read_all(data / "nab-dev/data"), labels, NAB, IMAGES / "detection-nab.png")
    draw(read_all(data / "cloud-dev"), labels, CLOUD, IMAGES / "detection-cloud.png")
    draw_demonstration(IMAGES / "demo.png")


def draw_demonstration(path: Path) -> None:
    """The end of what `make demo` sends: the planted series, and one that was not touched."""
    shown = [
        one for one in fleet(DEMO_SEED) if one.is_planted or (one.resource, one.metric) == ("search", "latency_ms")
    ]
    figure, axes = plt.subplots(len(shown), 1, figsize=(9, 0.95 * len(shown)), sharex=True)
    for axis, curve in zip(axes, shown, strict=True):
        _plot_end(axis, curve)
    axes[-1].set_xlabel("minutes from the fault")
    figure.tight_layout(h_pad=0.4)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def _plot_end(axis: Any, curve: Curve) -> None:
    bank, values = Bank.empty(), np.array(curve.values)
    times = np.arange(len(values)) * STEP_S * 1_000
    verdicts = bank.update(bank.rows([b"series"]), times, values[:, None])
    minutes = (np.arange(len(values)) - QUIET_STEPS) * STEP_S / 60
    half, expected = 3.0 * verdicts.std[:, 0], verdicts.expected[:, 0]
    axis.fill_between(minutes, expected - half, expected + half, color=BAND, alpha=0.5, linewidth=0)
    axis.plot(minutes, values, linewidth=0.8, color=LINE)
    opened = np.flatnonzero(verdicts.phase[:, 0] == Phase.OPENED)
    axis.plot(minutes[opened], values[opened], "v", color=FOUND, markersize=6)
    axis.set_xlim(minutes[-SHOWN_STEPS], minutes[-1])
    axis.set_title(f"{curve.resource}  {curve.metric}", loc="left", fontsize=8, pad=2)


def draw(recordings: Sequence[Recording], labels: Labels, titles: Mapping[str, str], path: Path) -> None:
    """One image, a plot for each title, whose key is a part of its recording's name."""
    figure, axes = plt.subplots(len(titles), 1, figsize=(9, 2.1 * len(titles)))
    for axis, (part, title) in zip(axes, titles.items(), strict=True):
        recording = next(one for one in recordings if part in one.name)
        _plot(axis, recording, labels)
        axis.set_title(title, loc="left", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _plot(axis: Any, recording: Recording, labels: Labels) -> None:
    bank, values = Bank.empty(), recording.values[:, 0]
    times = learnt_at(recording.times_s, np.isfinite(values))
    verdicts = bank.update(bank.rows([b"series"]), times, values[:, None])
    step = max(1, len(values) // POINTS)
    rows, half = np.arange(0, len(values), step), 3.0 * verdicts.std[::step, 0]
    expected = verdicts.expected[::step, 0]
    axis.fill_between(rows, expected - half, expected + half, color=BAND, alpha=0.5, linewidth=0)
    axis.plot(*_extremes(values, step), linewidth=0.5, color=LINE)
    for first, last in labels.truth(recording).windows:
        axis.axvspan(first, last, color=LABELLED, alpha=0.35, linewidth=0)
    _mark(axis, values, verdicts)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    axis.set_ylim(low - 0.1 * (high - low), high + 0.18 * (high - low))
    axis.set_xlim(0, len(values))


def _extremes(values: np.ndarray[Any, Any], step: int) -> tuple[Any, Any]:
    """Rows and values to draw: all, or the lowest and the highest of each stretch in their order."""
    if step == 1:
        return np.arange(len(values)), values
    stretches = values[: len(values) // step * step].reshape(-1, step)
    inside = np.sort(np.stack([stretches.argmin(axis=1), stretches.argmax(axis=1)], axis=1), axis=1)
    rows = (np.arange(len(stretches))[:, None] * step + inside).ravel()
    return rows, values[rows]


def _mark(axis: Any, values: np.ndarray[Any, Any], verdicts: Verdicts) -> None:
    opened = np.flatnonzero(verdicts.phase[:, 0] == Phase.OPENED)
    axis.plot(opened, values[opened], "v", color=FOUND, markersize=5)
    named = -len(values)
    for row in opened.tolist():
        if row - named >= APART * len(values):
            named = row
            name = Kind(int(verdicts.kind[row, 0])).name.lower().replace("_", " ")
            place = {"xytext": (2, 5), "textcoords": "offset points"}
            axis.annotate(name, (row, values[row]), fontsize=6, color=FOUND, **place)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("plots: say where the recordings are, make plots DATA=folder with nab-dev and cloud-dev")
    main(Path(sys.argv[1]))
