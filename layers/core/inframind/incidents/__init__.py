"""Correlates signals into incidents and ranks their causes.

An incident's own life stands here; read `board` (what is remembered between two deliveries), `conditions` (how signals
fold into it), `lifecycle` and `outcome` (what is written and announced). Beside it four subjects, each a package:
`correlation` (what is one incident), `cause` (who probably began it), `analyst` (the analysis in words, a language
model's included) and `knowledge` (what was learnt from incidents that are over). The subjects know what stands here;
here only `diagnosis` knows them.
"""
