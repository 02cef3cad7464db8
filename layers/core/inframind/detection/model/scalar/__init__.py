"""One series, one sample at a time: what the model does to it, to the last bit, on plain numbers.

An array of one costs numpy as much as an array of a hundred; here a sample costs an eighth of that. Every function is
the one of the same name in the folder above, which says why; begin with `time_step`. Its test holds both to the same
bits: whoever changes one changes the other.
"""
