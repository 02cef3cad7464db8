"""One series, one sample at a time: what the model does to it, to the last bit, on plain numbers.

An array of one costs numpy as much as an array of a hundred; here a sample costs an eighth of that. Every function is
the one of the same name in `model` and its parts, which say why. `tests/detection/test_single.py` holds both to the
same bits: whoever changes one changes the other.
"""
