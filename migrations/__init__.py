"""The migrations, and the guards they put on the tables."""
