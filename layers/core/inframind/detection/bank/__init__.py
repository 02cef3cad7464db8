"""The state of every series of a shard, in one block of bytes.

Read `bank` first: it joins, scores, evicts and saves. `serialization` is the block itself, `migrations` brings older
ones forward, and `local_time` says what time it is where a series lives. What a time step does to the state is `model`.
"""
