"""What holds for every test."""

import os

# A demo whose book does not move by itself; what is about the demo's maker switches it on.
os.environ.setdefault("OUTCRY_DEMO_MAKER", "false")
