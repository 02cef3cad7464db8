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
STRIDE = ROWS + 16  # between the columns of a block: not a power of two, for such addresses share their cache lines
TOP = 7  # levels decided for all their nodes at once when one row walks: cheaper than gathering along them

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
        sums: Floats = np.concatenate(blocks) if blocks else np.empty((0, self.values.shape[1]))
        return sums / self.trees

    def each(self, rows: ArrayLike) -> Floats:
        """What every tree says of each row: (trees, n, outputs)."""
        x = np.asarray(rows, np.float32)
        starts = range(0, len(x), ROWS)
        blocks = [self._walk(_Lanes.over(x[at : at + ROWS], self.trees), 0, self.trees) for at in starts]
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
    def _whole(self) -> "_Whole":
        return _whole(self)

    def _sums(self, x: NDArray[np.float32]) -> Floats:
        if len(x) == 1:
            one: Floats = self._said(self._walk_one(x[0])[:, np.newaxis]).sum(axis=0)
            return one
        lanes = _Lanes.over(x, min(self.trees, max(1, LANES // len(x))))
        sums = np.zeros((self.values.shape[1], len(x)))
        for start in range(0, self.trees, lanes.trees):
            nodes = self._walk(lanes, start, min(start + lanes.trees, self.trees))
            for total, values in zip(sums, self._whole.values, strict=True):
                total += values.take(nodes, mode="wrap").reshape(-1, len(x)).sum(axis=0)
        return sums.T

    def _said(self, nodes: Whole) -> Floats:
        """What leaves (trees, n) say: (trees, n, outputs). By output: numbers are gathered faster than rows."""
        return np.stack([values.take(nodes, mode="wrap") for values in self._whole.values], axis=2)

    def _walk(self, lanes: "_Lanes", first: int, behind: int) -> Whole:
        """The leaf of each tree in [first, behind) and row, row by row within a tree.

        `wrap` skips a check that `clip` makes at each index: a quarter of the time. All indices are in range.
        """
        whole, roots = self._whole, slice(first, behind)
        right = lanes.columns.take(whole.features[roots], axis=0)[:, : lanes.rows] > whole.thresholds[roots, None]
        node, other, at, value, limit, above = lanes.of(right.size)
        np.add(whole.left[roots, None], right, out=node.reshape(right.shape))
        flat, row = lanes.columns.ravel(), lanes.row[: right.size]
        for _ in range(1, self.depth):
            whole.starts.take(node, out=at, mode="wrap")
            np.add(at, row, out=at)
            flat.take(at, out=value, mode="wrap")
            whole.thresholds.take(node, out=limit, mode="wrap")
            np.greater(value, limit, out=above)
            whole.left.take(node, out=other, mode="wrap")
            np.add(other, above, out=other)
            node, other = other, node
        leaves: Whole = node
        return leaves

    def _walk_one(self, x: NDArray[np.float32]) -> Whole:
        """The leaf of each tree for one row."""
        whole, top = self._whole, slice(self._whole.top)
        features, thresholds, left = whole.features, whole.thresholds, whole.left
        onward = left[top] + (x.take(features[top], mode="wrap") > thresholds[top])
        node = onward[: self.trees]
        for _ in range(1, min(TOP, self.depth)):
            node = onward.take(node, mode="wrap")
        for _ in range(TOP, self.depth):
            value = x.take(features.take(node, mode="wrap"), mode="wrap")
            node = left.take(node, mode="wrap") + (value > thresholds.take(node, mode="wrap"))
        return node


@dataclass(frozen=True, slots=True)
class _Lanes:
    """A block of rows as columns, and the space in which some trees are walked by it, made once."""

    trees: int
    rows: int
    columns: NDArray[np.float32]
    row: Whole
    space: tuple[NDArray[Any], ...]

    @classmethod
    def over(cls, x: NDArray[np.float32], trees: int) -> "_Lanes":
        columns = np.empty((x.shape[1], STRIDE), np.float32)
        columns[:, : len(x)] = x.T
        kinds = (np.int64, np.int64, np.int64, np.float32, np.float32, np.bool_)
        space = [np.empty(trees * len(x), kind) for kind in kinds]
        return cls(trees, len(x), columns, np.tile(np.arange(len(x)), trees), tuple(space))

    def of(self, count: int) -> tuple[Any, ...]:
        """Space for so many lanes: node, next node, place of its value, the value, the threshold, which is larger."""
        return tuple(array[:count] for array in self.space)


@dataclass(frozen=True, slots=True)
class _Whole:
    """The forest as the walk wants it, every array by node."""

    features: Whole
    starts: Whole
    thresholds: NDArray[np.float32]
    left: Whole
    values: Floats
    top: int


def _whole(forest: Forest) -> _Whole:
    inner = forest.features >= 0
    left = np.arange(len(inner))
    left[inner] = forest.trees + 2 * np.arange(len(forest.thresholds))
    thresholds = np.full(len(inner), np.inf, np.float32)
    thresholds[inner] = forest.thresholds
    values = np.zeros((forest.values.shape[1], len(inner)))
    values[:, ~inner] = forest.values.T
    features = np.where(inner, forest.features, 0).astype(np.int64)
    return _Whole(features, features * STRIDE, thresholds, left, values, _nodes_above(TOP, forest.trees, inner))


def _nodes_above(level: int, trees: int, inner: NDArray[np.bool_]) -> int:
    """How many nodes lie above a level: each inner node of one has two in the next."""
    start, size = 0, trees
    for _ in range(level):
        start, size = start + size, 2 * int(inner[start : start + size].sum())
    return start


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
