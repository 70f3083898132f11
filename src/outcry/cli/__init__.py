"""The command line: what `outcry --help` lists, from `outcry up` on.

In: arguments, OUTCRY_ variables.
Out: text for people, JSON for programs (`--json`); exit code 0 fine, 1 damage or mismatch, 2 usage.
Never: a traceback for what a user can do wrong.
"""

import sys


def main() -> None:
    """Run the command line. A venue's own child starts without the parts it has no use for."""
    if sys.argv[1:3] == ["ledger", "--follow"]:
        from outcry.cli.operate.ledger import app

        app(sys.argv[2:])
    else:
        from outcry.cli.app import app

        app()


__all__ = ["main"]
