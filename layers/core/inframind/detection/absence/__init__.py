"""Series that have stopped arriving.

Read `missing` first: who is missing, and what is said of it. `arrivals` knows when each series came and how often it
usually does, `overdue` when that is too long ago, and `absences` keeps what is open until the series are back.
"""
