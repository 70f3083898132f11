"""Benchmarks: what is compared with what, on which work, and the table that comes of it."""
