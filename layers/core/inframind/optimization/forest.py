"""A random forest served from flat arrays with numpy: what scikit-learn predicts, to float32, without scikit-learn.

All trees lie in one array, level by level over the whole forest, siblings side by side. So the left child of the i-th
inner node is `trees + 2 i`, the right one the node behind it, and neither is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inframind.errors import Rejected
from inframind.optimization.arrays import Packed, pack, unpack
from inframind.optimization.walking import WIDEST, Floats, Lanes, Nodes, Whole

KIND, SCHEMA = "forest", 1
LANES = 12_500  # rows x trees walked at once: what a step touches stays in the cache (measured: 5,000 to 25,000 alike)


class Tree(Protocol):
    """A grown tree as scikit-learn's `tree_` shows it; children of a leaf are negative."""

    children_left: Any
    children_right: Any
    feature: Any
    threshold: Any
    value: Any


@dataclass(frozen=True)
class Forest:
    """Per node its feature (-1: a leaf), per inner node its threshold, per leaf its values (leaves, outputs)."""

    trees: int
    depth: int
    names: tuple[str, ...]
    features: NDArray[np.int16]
    thresholds: NDArray[np.float32]
    values: Floats

    def predict(self, rows: ArrayLike) -> Floats:
        """The trees' mean for each row (n, features): (n, outputs)."""
        x = np.asarray(rows, np.float32)
        blocks = [self._sums(x[start : start + WIDEST]) for start in range(0, len(x), WIDEST)]
        sums: Floats = np.concatenate(blocks) if blocks else np.empty((0, self.values.shape[1]))
        return sums / self.trees

    def each(self, rows: ArrayLike) -> Floats:
        """What every tree says of each row: (trees, n, outputs)."""
        x = np.asarray(rows, np.float32)
        starts = range(0, len(x), WIDEST)
        blocks = [self._nodes.leaves(Lanes.over(x[at : at + WIDEST], self.trees), 0) for at in starts]
        return self._said(np.concatenate([block.reshape(self.trees, -1) for block in blocks], axis=1))

    def packed(self) -> bytes:
        """The forest as bytes."""
        arrays: dict[str, NDArray[Any]] = {
            "features": self.features,
            "thresholds": self.thresholds,
            "values": self.values,
        }
        values = {"trees": self.trees, "depth": self.depth, "names": list(self.names)}
        return pack(Packed(KIND, SCHEMA, values, arrays))

    @cached_property
    def _nodes(self) -> Nodes:
        return Nodes.of((self.trees, self.depth), self.features, self.thresholds)

    @cached_property
    def _values(self) -> Floats:
        """The values (outputs, nodes) of leaves."""
        values = np.zeros((self.values.shape[1], len(self.features)))
        values[:, self.features < 0] = self.values.T
        return values

    def _sums(self, x: NDArray[np.float32]) -> Floats:
        if len(x) == 1:
            one: Floats = self._said(self._nodes.leaves_of_one(x[0])[:, np.newaxis]).sum(axis=0)
            return one
        lanes = Lanes.over(x, min(self.trees, max(1, LANES // len(x))))
        sums = np.zeros((self.values.shape[1], len(x)))
        for start in range(0, self.trees, lanes.trees):
            leaves = self._nodes.leaves(lanes, start)
            for total, values in zip(sums, self._values, strict=True):
                total += values.take(leaves, mode="wrap").reshape(-1, len(x)).sum(axis=0)
        return sums.T

    def _said(self, leaves: Whole) -> Floats:
        """What leaves (trees, n) say: (trees, n, outputs). By output: numbers are gathered faster than rows."""
        return np.stack([values.take(leaves, mode="wrap") for values in self._values], axis=2)


def read(data: bytes) -> Forest:
    """The forest in the bytes; `Rejected` if there is none, or one that cannot be walked."""
    packed = unpack(data, KIND, SCHEMA)
    try:
        values, arrays = packed.values, packed.arrays
        forest = Forest(
            trees=int(values["trees"]),
            depth=int(values["depth"]),
            names=tuple(str(name) for name in values["names"]),
            features=arrays["features"],
            thresholds=arrays["thresholds"],
            values=arrays["values"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(f"The forest is not complete: {error}") from error
    inner = int((forest.features >= 0).sum())
    sizes = len(forest.features) == forest.trees + 2 * inner == len(forest.values) + inner
    if not sizes or inner != len(forest.thresholds) or forest.features.max(initial=0) >= len(forest.names):
        raise Rejected("The forest's arrays do not fit each other.")
    return forest


def flattened(trees: Sequence[Tree], names: Sequence[str]) -> Forest:
    """The forest of grown trees, over features of these names.

    A float32 x is at most a float64 threshold exactly if it is at most that threshold rounded down to float32.
    """
    starts = np.cumsum([0, *(len(tree.feature) for tree in trees)])
    left, right = (
        np.concatenate([np.where(getattr(tree, side) < 0, -1, getattr(tree, side) + start) for tree, start in pairs])
        for side in ("children_left", "children_right")
        for pairs in [list(zip(trees, starts, strict=False))]
    )
    levels = _levels(left, right, starts[:-1])
    order = np.concatenate(levels)
    inner = left[order] >= 0
    features = np.concatenate([tree.feature for tree in trees])[order]
    limits = np.concatenate([tree.threshold for tree in trees])[order][inner]
    values = np.concatenate([np.asarray(tree.value)[:, :, 0] for tree in trees])[order][~inner]
    return Forest(
        trees=len(trees),
        depth=max(1, len(levels) - 1),
        names=tuple(names),
        features=np.where(inner, features, -1).astype(np.int16),
        thresholds=_rounded_down(limits),
        values=np.ascontiguousarray(values, np.float64),
    )


def _levels(left: Whole, right: Whole, roots: Whole) -> list[Whole]:
    levels = [roots]
    while len(inner := levels[-1][left[levels[-1]] >= 0]):
        levels.append(np.stack([left[inner], right[inner]], axis=1).ravel())
    return levels


def _rounded_down(limits: Floats) -> NDArray[np.float32]:
    near = limits.astype(np.float32)
    return np.where(near > limits, np.nextafter(near, np.float32(-np.inf)), near)
