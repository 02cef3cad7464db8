"""What the next build should run with: builds and model fetched, the room asked, the answer kept."""

import secrets

import numpy as np

from inframind import wiring
from inframind.build_ports import BuildQuery
from inframind.builds import Suggestion
from inframind.optimization.asking import OptimizeWanted
from inframind.optimization.graybox import GrayBox
from inframind.optimization.suggesting import suggest
from inframind.recording import prices
from inframind.tally import tally

WORD = "optimization"
OWN = 100  # builds of the pipeline that are looked at: what is older was another code base


def advise(wanted: OptimizeWanted) -> Suggestion:
    """The suggestion, kept by its id so that the builds that follow it can be compared with it."""
    own = wiring.builds().list(BuildQuery(pipeline=wanted.pipeline), OWN).items
    found = suggest(wanted.request(prices()), own[::-1], GrayBox(), np.random.default_rng(secrets.randbits(128)))
    wiring.builds().suggest(found)
    tally(WORD, {("suggestions_total", (("explores", str(found.explores).lower()),)): 1})
    return found
