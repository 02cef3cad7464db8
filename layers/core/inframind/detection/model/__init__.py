"""The mathematics: what is kept of a series, and what one time step does to the state of many at once.

Read `time_step` first: `step` is the whole method in thirty lines, and names the others in their order. `season` says
what was expected, `novelty` what is new, `effect_size` whether it is large, `deduplication` whether it is told already,
`alerting` whether to speak, `kinds` which word fits. `clock` says which samples are late,
`columns` and `layout` hold the state, `verdicts` the answers,
`tuning` what a person may ask. `scalar` is the same for a single series, to the last bit.
"""
