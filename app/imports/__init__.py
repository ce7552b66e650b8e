"""What comes in from elsewhere: each format is read and checked completely before the ledger hears of it."""
