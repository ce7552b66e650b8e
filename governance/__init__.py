"""Deciding together: proposals, rolls, ballots, tallies and the policies they set."""
