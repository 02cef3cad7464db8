"""Signals into incidents: what belongs together is one incident, once there is enough of it.

Read `planning` first: it works out from the whole board which `grouping` of conditions is an incident now; `applying`
carries the plan out, with `growth` of the incidents. `admission` bounds what one sender may open. The board is one
item, so it stays small: `cold_storage` takes what is quiet (`recall` and `related` say what comes back), and
`load_shedding` gives up by `fairness` where even that is full.
"""
