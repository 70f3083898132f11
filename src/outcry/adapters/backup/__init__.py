"""Copies of a data folder: taken of a running venue, verified, and put back."""
