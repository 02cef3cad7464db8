"""What the science layer leaves out is not what training imports."""

import re
import subprocess
import sys

from tests.cloudformation import ROOT

GROWS = """
import sys
import numpy as np
from sklearn.ensemble import RandomForestRegressor
x = np.random.default_rng(0).normal(size=(60, 5))
RandomForestRegressor(3, max_depth=3, max_features=1 / 3, n_jobs=1).fit(x, x[:, 0]).predict(x)
print("\\n".join(sys.modules))
"""


def test_growing_a_forest_imports_nothing_that_the_layer_leaves_out() -> None:
    makefile = (ROOT / "layers/science/Makefile").read_text()
    unused = re.search(r"^UNUSED := (.+)$", makefile, re.MULTILINE)
    assert unused is not None
    left_out = tuple(folder.replace("/", ".") for folder in unused[1].split())
    done = subprocess.run([sys.executable, "-c", GROWS], capture_output=True, text=True, check=True)
    imported = done.stdout.split()
    assert "sklearn.ensemble" in imported
    assert [name for name in imported if name.startswith(left_out)] == []
