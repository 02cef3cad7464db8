"""Learning from stored series: the past is replayed through a bank of its own, whose rows the shard's bank takes over.

A backfill is cut into slices (`plan`, read first), which stand in the queue of the resource's shard among its live
samples and are learnt one by one (`replay`). The bank in the making waits inside the shard's bank between slices. What
it finds is told to nobody.
"""
