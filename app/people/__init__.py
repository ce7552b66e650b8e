"""The people behind the ids: the vault of personal data, accounts and tokens."""
