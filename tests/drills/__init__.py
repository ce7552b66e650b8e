"""Drills: what has to hold when a machine loses its power, when one is lost, and in a week of full load."""
