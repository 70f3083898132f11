"""Proving and verifying: `outcry verify`, `outcry liabilities`."""
