"""From the scores of its series to one verdict on a resource.

Read `score` first: it says how many become one. `contributors` names those behind an anomaly, `verdict` says how a
resource stands now.
"""
