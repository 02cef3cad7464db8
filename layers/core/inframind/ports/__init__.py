"""What InfraMind needs from the outside world, a module per capability; adapters fulfil it, with AWS or in memory.

Every method may raise `Unavailable` (a dependency failed, try again). Writes are safe to repeat.
"""
