"""When a grant becomes its holder's: terms in, dated instalments out; no database, no clock.

``terms``, ``statements`` and ``plain`` are the three ways to write a promise down; ``schedule`` turns any of them into
a table of instalments; ``closed_form`` answers for plain terms without a table; ``later`` is what may still happen to a
table that was promised: pause, acceleration, forfeiture, split.
"""
