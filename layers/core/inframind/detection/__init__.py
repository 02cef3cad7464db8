"""Scores every sample and explains what it finds.

Read `shard` first: it holds all that a scorer knows of its series, and calls the rest in order. Folders, each of which
knows only those before it:

model       what one time step does to the state of series: the method itself
bank        the state of a shard's series in one block of bytes
detectors   what people ask of some series
resources   one verdict for a resource
anomalies   what opens, how it is said, what was called normal
absence     series that have stopped arriving
backfill    learning from stored series

Beside them: `streaming` (one series, for anyone's own loop), `commands` (what a shard's scorer is asked to do), `grids`
(samples as the bank takes them), `zscore` (the plain z-score, which stands alone).
"""
