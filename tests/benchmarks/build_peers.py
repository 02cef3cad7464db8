"""Other tuners behind one line protocol, run by the interpreter that has them: no import of the project.

The first line says the algorithm, the axes, the seed, the default and configurations to begin with. Then, in turns: a
configuration out, its loss in. An empty line ends a pipeline.
"""

import json
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

EXPLORATION, BEFORE_MODEL, CANDIDATES = 0.15, 3, 500  # of the forest: its random share, builds before it is trusted
Say = Callable[[list[float]], float]


def random_search(task: dict[str, Any], builds: Say) -> None:
    rng = np.random.default_rng(task["seed"])
    for row in _begin(task):
        builds(row)
    while True:
        builds([axis[rng.integers(len(axis))] for axis in task["axes"]])


def forest_v1(task: dict[str, Any], builds: Say) -> None:
    """A random forest on the configuration, the best of 500 of the grid by its mean, 15 % at random."""
    from sklearn.ensemble import RandomForestRegressor

    rng, grid = np.random.default_rng(task["seed"]), np.array(list(product(*task["axes"])), dtype=float)
    x: list[list[float]] = []
    y: list[float] = []
    for step in range(10_000):
        if step < len(_begin(task)):
            row = _begin(task)[step]
        elif step < BEFORE_MODEL or rng.random() < EXPLORATION:
            row = grid[rng.integers(len(grid))].tolist()
        else:
            forest = RandomForestRegressor(100, max_depth=12, random_state=int(rng.integers(2**31)))
            some = grid[rng.choice(len(grid), CANDIDATES, replace=False)]
            row = some[np.argmin(forest.fit(np.array(x), np.log(y)).predict(some))].tolist()
        x.append(row)
        y.append(builds(row))


def optuna_tpe(task: dict[str, Any], builds: Say) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=task["seed"]))
    names = [f"knob{i}" for i in range(len(task["axes"]))]
    for row in _begin(task):
        study.enqueue_trial({n: axis.index(v) for n, axis, v in zip(names, task["axes"], row, strict=True)})
    while True:
        trial = study.ask()
        row = [axis[trial.suggest_int(n, 0, len(axis) - 1)] for n, axis in zip(names, task["axes"], strict=True)]
        study.tell(trial, builds(row))


def smac(task: dict[str, Any], builds: Say) -> None:
    _smac(task, builds, "HyperparameterOptimizationFacade")


def smac_gp(task: dict[str, Any], builds: Say) -> None:
    _smac(task, builds, "BlackBoxFacade")


def _smac(task: dict[str, Any], builds: Say, facade: str) -> None:
    import smac as library
    from ConfigSpace import Configuration, ConfigurationSpace, UniformIntegerHyperparameter
    from smac.runhistory.dataclasses import TrialInfo, TrialValue

    names = [f"knob{i}" for i in range(len(task["axes"]))]
    space = ConfigurationSpace(seed=task["seed"])
    for name, axis in zip(names, task["axes"], strict=True):
        space.add(UniformIntegerHyperparameter(name, 0, len(axis) - 1))
    with tempfile.TemporaryDirectory() as folder:
        scenario = library.Scenario(
            space,
            deterministic=True,
            n_trials=200,
            seed=task["seed"],
            output_directory=folder,
        )
        kind = getattr(library, facade)
        design = kind.get_initial_design(scenario, n_configs=10 - len(_begin(task)))
        tuner = kind(scenario, lambda config, seed=0: 0.0, initial_design=design, logging_level=50, overwrite=True)
        rng = np.random.default_rng(task["seed"])
        for row in _begin(task):
            places = {n: axis.index(v) for n, axis, v in zip(names, task["axes"], row, strict=True)}
            info = TrialInfo(Configuration(space, values=places), seed=0)
            tuner.tell(info, TrialValue(cost=builds(row)))
        while True:
            try:
                info = tuner.ask()
            except StopIteration:  # only repetitions are left: a random one instead
                builds([axis[rng.integers(len(axis))] for axis in task["axes"]])
                continue
            row = [axis[int(info.config[n])] for n, axis in zip(names, task["axes"], strict=True)]
            tuner.tell(info, TrialValue(cost=builds(row)))


def _begin(task: dict[str, Any]) -> list[list[float]]:
    found: list[list[float]] = [task["default"], *task["begin"]]
    return found


ALGORITHMS: dict[str, Callable[[dict[str, Any], Say], None]] = {
    "random": random_search,
    "forest_v1": forest_v1,
    "optuna": optuna_tpe,
    "smac": smac,
    "smac_gp": smac_gp,
}


class Finished(Exception):
    """The pipeline has had all its builds."""


def main() -> None:
    """One pipeline after the other until the input ends."""
    warnings.filterwarnings("ignore")
    out, sys.stdout = sys.stdout, sys.stderr
    lines: Iterator[str] = iter(sys.stdin.readline, "")

    def builds(row: list[float]) -> float:
        out.write(json.dumps([float(value) for value in row]) + "\n")
        out.flush()
        answer = next(lines).strip()
        if not answer:
            raise Finished
        return float(answer)

    for line in lines:
        task = json.loads(line)
        try:
            ALGORITHMS[task["algorithm"]](task, builds)
        except Finished:
            continue


if __name__ == "__main__":
    main()
