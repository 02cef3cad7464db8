"""What people ask of detection: detectors, by pattern of resource, metric and labels.

Read `detector` first: it is what they configure. `windows` are the times in which it does not look, `matching` says
which detector speaks for a series, and `applied` lets the bank follow them.
"""
