"""The cap table: who holds what, as of any day and as known before any entry.

Facts are sums over accounts, asked for in a few queries (``totals``, ``summary``, ``holdings``, ``movements``,
``promises``); what is made of them is pure (``by_class``, ``by_holder``, ``flows``, ``pools``, ``roll_forward``,
``tranches``) and asks no database. A table for a past cut never changes: later entries, even backdated ones, come after
its ``known_at``.
"""
