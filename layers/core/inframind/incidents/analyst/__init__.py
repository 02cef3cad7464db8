"""The analysis of an incident in words: by rules always, by a language model within limits.

Read `rule_based` first: every incident has that analysis from its opening on. Of the model: `requests` (who is looked
at), `budget` (whether it is asked now), `prompt` (what it is asked), `answers` (what of its answer is believed: what
cites evidence, and `actions` of a closed list) and `concluding` (the incident with it). `remedies` and `on_demand`
answer the questions of people at /rca. docs/decisions/0012.
"""
