"""One row down a packed forest without numpy, whose import takes longer than a hundred trees: for a fresh process."""

from array import array
from collections.abc import Sequence
from itertools import accumulate

from inframind.errors import Rejected
from inframind.optimization.containers import opened

KIND, SCHEMA = "forest", 1


def predicted(data: bytes, row: Sequence[float]) -> tuple[float, ...]:
    """The forest's mean for one row, an element for each output: what `Forest.predict` says, to float32.

    `Rejected` if the bytes hold no forest, or one that cannot be walked.
    """
    packed = opened(data, KIND, SCHEMA)
    try:
        trees, depth = int(packed.values["trees"]), int(packed.values["depth"])
        features, thresholds, values = (packed.parts[name] for name in ("features", "thresholds", "values"))
        leaves, outputs = values.shape
        feature, threshold, value = features.data.cast("h"), thresholds.data.cast("f"), values.data.cast("d")
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(f"The forest is not complete: {error}") from error
    before = list(accumulate((at >= 0 for at in feature), initial=0))  # inner nodes before each node
    if not len(feature) == trees + 2 * before[-1] == leaves + before[-1] or before[-1] != len(threshold):
        raise Rejected("The forest's arrays do not fit each other.")
    x, sums = array("f", row), [0.0] * outputs
    for tree in range(trees):
        node = tree
        for _ in range(depth):
            if feature[node] < 0:
                break
            node = trees + 2 * before[node] + (x[feature[node]] > threshold[before[node]])
        said = (node - before[node]) * outputs
        sums = [total + value[said + output] for output, total in enumerate(sums)]
    return tuple(total / trees for total in sums)
