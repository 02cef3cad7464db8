"""Recorded data sets, which are too large to live in the project: used where they lie beside it."""

from pathlib import Path

from tests.cloudformation import ROOT

NAB = ROOT.parent / "shared/data/nab-dev"
PETSHOP = ROOT.parent / "shared/data/petshop-dev"


def is_here(data: Path) -> bool:
    """Whether a data set lies beside the project."""
    return data.is_dir()
