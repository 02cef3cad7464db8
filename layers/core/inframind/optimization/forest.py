"""A random forest served from flat arrays with numpy: what scikit-learn predicts, to float32, without scikit-learn.

All trees lie in one array, level by level over the whole forest, siblings side by side. So the left child of the i-th
inner node is `trees + 2 i`, the right one the node behind it, and neither is stored. A walk moves all rows through a
group of trees at once, a level a step; a leaf is its own child, its threshold infinite.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inframind.errors import Rejected
from inframind.optimization.arrays import Packed, pack, unpack

KIND, SCHEMA = "forest", 1
LANES = 12_500  # rows x trees walked at once: what a step touches stays in the cache (measured: 5,000 to 25,000 alike)
ROWS = 512  # a block of rows

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


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
        blocks = [self._sums(x[start : start + ROWS]) for start in range(0, len(x), ROWS)]
        return np.concatenate(blocks) / self.trees if blocks else np.empty((0, self.values.shape[1]))

    def each(self, rows: ArrayLike) -> Floats:
        """What every tree says of each row: (trees, n, outputs)."""
        x = np.asarray(rows, np.float32)
        nodes = self._walk(x, 0, self.trees)
        return self._whole.values.take(nodes, axis=0).reshape(self.trees, len(x), -1)

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
    def _whole(self) -> "_Whole":
        return _whole(self)

    def _sums(self, x: NDArray[np.float32]) -> Floats:
        group = max(1, LANES // len(x))
        sums = np.zeros((len(x), self.values.shape[1]))
        for start in range(0, self.trees, group):
            nodes = self._walk(x, start, min(start + group, self.trees))
            sums += self._whole.values.take(nodes, axis=0, mode="wrap").reshape(-1, *sums.shape).sum(axis=0)
        return sums

    def _walk(self, x: NDArray[np.float32], first: int, behind: int) -> Whole:
        """The leaf of each tree in [first, behind) and row, row by row within a tree.

        `wrap` skips a check that `clip` makes at each index: a quarter of the time. All indices are in range.
        """
        whole, flat, roots = self._whole, np.ascontiguousarray(x).ravel(), slice(first, behind)
        right = x.T.take(whole.features[roots], axis=0) > whole.thresholds[roots, None]
        node = (whole.left[roots, None] + right).ravel()
        other, at, row = (
            np.empty_like(node),
            np.empty_like(node),
            np.tile(np.arange(len(x)) * x.shape[1], behind - first),
        )
        value, limit = np.empty(len(node), np.float32), np.empty(len(node), np.float32)
        above = np.empty(len(node), bool)
        for _ in range(1, self.depth):
            whole.features.take(node, out=at, mode="wrap")
            np.add(at, row, out=at)
            flat.take(at, out=value, mode="wrap")
            whole.thresholds.take(node, out=limit, mode="wrap")
            np.greater(value, limit, out=above)
            whole.left.take(node, out=other, mode="wrap")
            np.add(other, above, out=other)
            node, other = other, node
        return node


@dataclass(frozen=True, slots=True)
class _Whole:
    """The forest as the walk wants it, every array by node."""

    features: Whole
    thresholds: NDArray[np.float32]
    left: Whole
    values: Floats


def _whole(forest: Forest) -> _Whole:
    inner = forest.features >= 0
    left = np.arange(len(inner))
    left[inner] = forest.trees + 2 * np.arange(len(forest.thresholds))
    thresholds = np.full(len(inner), np.inf, np.float32)
    thresholds[inner] = forest.thresholds
    values = np.zeros((len(inner), forest.values.shape[1]))
    values[~inner] = forest.values
    return _Whole(np.where(inner, forest.features, 0).astype(np.int64), thresholds, left, values)


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
