"""Secret ballots: passes that are signed blind, ballots that nobody can trace, files that anybody can recount."""
