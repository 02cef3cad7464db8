"""Walks rows down all trees of a forest at once, a level a step; a leaf is its own child, and nothing is above it.

Many rows walk by whole numbers. Floats become 32 bits in their order, a node one number: its left child above, below
what its threshold lacks of 2^32. Adding a row's value carries into the child where the value is larger: an addition and
a shift compare and step. In deep forests, what has reached its leaf is set down every few levels.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

WIDEST = 512  # rows of a block
STRIDE = WIDEST + 16  # between the columns of a block: not a power of two, for such addresses share their cache lines
BITS = 32  # of a float
MOST = 2**BITS - 1
DEEP = 13  # levels from which on lanes at a leaf are set down: before, that costs more than it saves
EVERY = 4  # levels from one time to the next
TOP = 7  # levels decided for all their nodes at once when one row walks: cheaper than gathering along them

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """A block of rows as ordered columns, and the space in which some trees are walked by it, made once.

    `space`: the node of each lane, the place of its value, then its step, and the value.
    """

    trees: int
    rows: int
    columns: Whole
    row: Whole
    lane: Whole
    space: tuple[Whole, ...]

    @classmethod
    def over(cls, x: NDArray[np.float32], trees: int) -> Self:
        """Lanes for up to 512 rows and so many trees at a time."""
        columns = np.zeros((x.shape[1], STRIDE), np.int64)
        columns[:, : len(x)] = _ordered(x.T)
        space = tuple(np.empty(trees * len(x), np.int64) for _ in range(3))
        row = np.tile(np.arange(len(x)), trees)
        return cls(trees, len(x), columns, row, np.arange(len(row)), space)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of a forest as the walk wants them; `top` of them lie above the first levels."""

    trees: int
    depth: int
    features: Whole
    starts: Whole
    steps: Whole
    inner: NDArray[np.bool_]
    thresholds: NDArray[np.float32]
    left: Whole
    top: int

    @classmethod
    def of(cls, size: tuple[int, int], features: NDArray[np.int16], limits: NDArray[np.float32]) -> Self:
        """The nodes of a forest of (trees, depth), with a feature each (-1: a leaf) and the inner ones' thresholds."""
        trees, depth = size
        inner = features >= 0
        left = np.arange(len(inner))
        left[inner] = trees + 2 * np.arange(len(limits))
        thresholds = np.full(len(inner), np.inf, np.float32)
        thresholds[inner] = limits
        looked_at = np.where(inner, features, 0).astype(np.int64)
        steps = (left << BITS) + np.where(inner, MOST - _ordered(thresholds), 0)
        top = _nodes_above(TOP, trees, inner)
        return cls(trees, depth, looked_at, looked_at * STRIDE, steps, inner, thresholds, left, top)

    def leaves(self, lanes: Lanes, first: int) -> Whole:
        """The leaf of each tree from `first` on, as many as there are lanes for, and row: row by row within a tree."""
        roots = slice(first, min(first + lanes.trees, self.trees))
        steps = lanes.columns.take(self.features[roots], axis=0)[:, : lanes.rows] + self.steps[roots, np.newaxis]
        reached: Whole = np.right_shift(steps.ravel(), BITS, out=lanes.space[0][: steps.size])
        node, row, places = reached, lanes.row[: steps.size], lanes.lane[: steps.size]
        for level in range(1, self.depth, EVERY):
            if level >= DEEP:
                on = np.flatnonzero(self.inner.take(node, mode="wrap"))
                reached[places] = node
                node, row, places = node.take(on), row.take(on), places.take(on)
            self._step(lanes, node, row, min(EVERY, self.depth - level))
        if self.depth > DEEP:
            reached[places] = node
        return reached

    def _step(self, lanes: Lanes, node: Whole, row: Whole, times: int) -> None:
        """Moves each node in its place.

        `wrap` skips a check that `clip` makes at each index: a quarter of the time. All indices are in range.
        """
        flat, (at, value) = lanes.columns.ravel(), (space[: len(node)] for space in lanes.space[1:])
        for _ in range(times):
            self.starts.take(node, out=at, mode="wrap")
            np.add(at, row, out=at)
            flat.take(at, out=value, mode="wrap")
            self.steps.take(node, out=at, mode="wrap")
            np.add(at, value, out=at)
            np.right_shift(at, BITS, out=node)

    def leaves_of_one(self, x: NDArray[np.float32]) -> Whole:
        """The leaf of each tree for one row."""
        top = slice(self.top)
        onward = self.left[top] + (x.take(self.features[top], mode="wrap") > self.thresholds[top])
        node = onward[: self.trees]
        for _ in range(1, min(TOP, self.depth)):
            node = onward.take(node, mode="wrap")
        for _ in range(TOP, self.depth):
            value = x.take(self.features.take(node, mode="wrap"), mode="wrap")
            node = self.left.take(node, mode="wrap") + (value > self.thresholds.take(node, mode="wrap"))
        return node


def _ordered(values: NDArray[np.float32]) -> Whole:
    """Whole numbers below 2^32 in the order of the floats, 0 and -0 the same; what is not a number is the least."""
    bits = (np.fmax(values, np.float32(-np.inf)) + np.float32(0)).view(np.int32)
    turned = bits ^ (bits >> 31 | np.int32(-(2**31)))  # all bits of what is negative, the sign of what is not
    return turned.view(np.uint32).astype(np.int64)


def _nodes_above(level: int, trees: int, inner: NDArray[np.bool_]) -> int:
    """How many nodes lie above a level: each inner node of one has two in the next."""
    start, size = 0, trees
    for _ in range(level):
        start, size = start + size, 2 * int(inner[start : start + size].sum())
    return start
