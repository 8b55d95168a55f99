"""Batches: many rows of values, one picture each, rendered ahead of the day they are asked for."""
