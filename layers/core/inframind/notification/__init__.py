"""Tells people, once, where they are: who is to be told of an incident, when, and in which words. Pure."""
