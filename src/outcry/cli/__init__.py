"""The command line: `outcry up`, `replay`, `bench`, `inspect`, `diff`, `watch`, `rules`, `skip`.

In: arguments, OUTCRY_ variables.
Out: text for people, JSON for programs (`--json`); exit code 0 fine, 1 damage or mismatch, 2 usage.
Never: a traceback for what a user can do wrong.
"""

from outcry.cli.app import main

__all__ = ["main"]
