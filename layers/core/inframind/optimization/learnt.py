"""What was learnt from the histories of pipelines, as data at rest."""

import numpy as np

from inframind.errors import Rejected
from inframind.optimization.arrays import Packed, pack, unpack
from inframind.optimization.transfer import Learnt, Transfer

KIND, SCHEMA = "transfer", 1
SQUARE = 3  # dimensions of covariances


def packed(transfer: Transfer) -> bytes:
    """The transfer as bytes. Which levels of noise are tried is code, not data."""
    arrays = {
        "duration_mean": transfer.durations.mean,
        "duration_cov": transfer.durations.cov,
        "memory_mean": transfer.memories.mean,
        "memory_cov": transfer.memories.cov,
    }
    return pack(Packed(KIND, SCHEMA, {"contexts": list(transfer.contexts)}, arrays))


def read(data: bytes, version: str) -> Transfer:
    """The transfer in the bytes, under the name of its version; `Rejected` if there is none that can be used."""
    found = unpack(data, KIND, SCHEMA)
    try:
        learnt = [Learnt(found.arrays[f"{law}_mean"], found.arrays[f"{law}_cov"]) for law in ("duration", "memory")]
        contexts = tuple(dict(context) for context in found.values["contexts"])
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(f"The transfer is not complete: {error}") from error
    if not all(_fits(one, len(contexts)) for one in learnt):
        raise Rejected("The transfer's arrays do not fit each other.")
    return Transfer(learnt[0], learnt[1], contexts, digest=version.removeprefix("graybox-"))


def _fits(learnt: Learnt, histories: int) -> bool:
    """One pooled component and one a history, with square covariances, all numbers finite; or nothing at all."""
    mean, cov = learnt.mean, learnt.cov
    shaped = mean.ndim + 1 == cov.ndim == SQUARE and cov.shape == (*mean.shape, mean.shape[1])
    sized = len(mean) == (histories + 1 if histories else 0)
    return shaped and sized and bool(np.isfinite(mean).all() and np.isfinite(cov).all())
