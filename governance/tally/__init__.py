"""Counting: one pure module a method, in whole numbers and fractions, with every round in the result."""
