"""Forests grown by scikit-learn on a surface with a cliff, for tests and benchmarks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from inframind.optimization.forest import Forest, flattened

COLUMNS = 28


def surface(rows: int, seed: int = 0, columns: int = COLUMNS) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Rows of normal numbers, and a response of a slope, an interaction, a wave and noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)).astype(np.float32)
    y = 2 * x[:, 0] + x[:, 1] * x[:, 2] + np.sin(3 * x[:, 3]) + 3 * (x[:, 0] > 1) + rng.normal(0, 0.3, rows)
    return x, y.astype(np.float64)


def grown(x: NDArray[np.float32], y: NDArray[np.float64], trees: int = 20, **options: Any) -> tuple[Any, Forest]:
    """The same forest twice: as scikit-learn has it, and as it is served."""
    names = [f"x{column}" for column in range(x.shape[1])]
    regressor = RandomForestRegressor(trees, random_state=0, n_jobs=1, **options).fit(x, y)
    return regressor, flattened([tree.tree_ for tree in regressor.estimators_], names)
