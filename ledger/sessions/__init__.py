"""What providers delivered, what of it counts, and how the surplus is split by it. No client is ever in it."""
