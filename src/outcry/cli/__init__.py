"""The command line: what `outcry --help` lists, from `outcry up` on.

In: arguments, OUTCRY_ variables.
Out: text for people, JSON for programs (`--json`); exit code 0 fine, 1 damage or mismatch, 2 usage.
Never: a traceback for what a user can do wrong.
"""

from outcry.cli.app import main

__all__ = ["main"]
