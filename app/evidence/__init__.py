"""Evidence: the record as files, for an auditor who trusts nobody, with the program that verifies them."""
