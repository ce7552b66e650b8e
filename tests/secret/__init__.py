"""Secret votes, from the notice to the count."""
