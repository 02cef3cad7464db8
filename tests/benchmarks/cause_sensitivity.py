"""What each constant of the ranking is worth: one at a time 30 % smaller and larger; for docs/causes.md.

    nice python -m tests.benchmarks.cause_sensitivity [EVERY]

judges recorded issues, every EVERYth planted fault of `families` and quiet windows; a quarter of an hour or so.
"""

import sys
from collections.abc import Iterator
from types import ModuleType

from inframind.backtest.issues import scenarios
from inframind.incidents.cause import blame, deviation, findings, ranking, significance, silence, windows
from tests.benchmarks import mesh_faults
from tests.benchmarks.judged import Case, judge
from tests.benchmarks.replanted import replanted, still
from tests.recorded import PETSHOP, is_here

FACTORS = (0.7, 1.3)
QUIET = 64  # moments of quiet hours of each recorded application, if every one is judged
CONSTANTS: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (findings, ("ABNORMAL_FROM", "ABNORMAL_AT", "FAR_SLOWER", "WORTH_RETRYING")),
    (blame, ("UNDERCOUNTED", "CROSSWISE", "UNMEASURED", "SELDOM", "TOO_MUCH", "MOST_DOUBT", "MOSTLY", "HALF")),
    (silence, ("SILENT", "COMMONLY_SILENT", "ALONE_SILENT", "SILENT_AND_SLOW")),
    (silence, ("BUSY", "HARDLY", "A_GOOD_PART", "RARELY")),
    (ranking, ("LEAST_BLAME", "ON_THE_WAY")),
    (deviation, ("LEAST_SLOWDOWN", "LEAST_FAILURES", "UNIT")),
    (significance, ("FALSE_ALARMS", "LEAST_LIMIT", "LARGEST", "SUFFERS", "EXPLAINS")),
    (windows, ("LEADING", "TRAILING")),
)
PARTS = {"UNDERCOUNTED", "CROSSWISE", "UNMEASURED", "MOSTLY", "SILENT", "COMMONLY_SILENT", "ALONE_SILENT"}
Groups = dict[str, list[Case]]


def groups(every: int) -> Groups:
    """What every setting is judged on."""
    found = scenarios(PETSHOP) if is_here(PETSHOP) else []
    issues = [Case(s.quiet, i.window, s.graph, i.alarm, i.cause or "") for s in found for i in s.issues]
    planted = [case for one in found for case in replanted(one, 1)]
    simulated = list(mesh_faults.simulated(mesh_faults.KINDS, 1, (5, 12)))
    quiet = [case for one in found for case in still(one, 1, QUIET // every)]
    return {
        "recorded issues": issues[:: max(every // 8, 1)],
        "planted": planted[::every],
        "simulated": simulated[::every],
        "quiet": quiet + list(mesh_faults.quiet(1, (5, 12)))[::every],
    }


def changed(name: str, value: float, factor: float) -> float:
    """The constant changed; a quantile by its distance from 1, a part up to 1, a number of rows by whole ones."""
    if name == "UNIT":
        return 1.0 - (1.0 - value) * factor
    if name in ("LEADING", "TRAILING"):
        return value + (1 if factor > 1 else -1)
    return min(value * factor, 1.0) if name in PARTS else value * factor


def settings() -> Iterator[tuple[ModuleType, str, float]]:
    """Every setting tried."""
    for module, names in CONSTANTS:
        for name in names:
            for factor in FACTORS:
                yield module, name, changed(name, getattr(module, name), factor)


def told(cases: Groups) -> str:
    """AC@1 and AC@3 of the groups with causes, specificity of the last, in per cent."""
    scores = {name: judge(those) for name, those in cases.items() if those}
    figures = [
        f"{100 * one.first:.0f} / {100 * one.third:.0f}" if one.cases else f"{100 * one.specificity:.0f}"
        for one in scores.values()
    ]
    return " | ".join(figures)


def main(every: int) -> None:
    """Judges every setting, and prints a row as soon as there is one."""
    cases = groups(every)
    print("| constant | " + " | ".join(f"{name} ({len(those)})" for name, those in cases.items() if those) + " |")
    print(f"| as it is | {told(cases)} |", flush=True)
    for module, name, value in settings():
        before = getattr(module, name)
        setattr(module, name, value)
        try:
            print(f"| {name} {before:g} -> {value:.3g} | {told(cases)} |", flush=True)
        finally:
            setattr(module, name, before)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 8)
