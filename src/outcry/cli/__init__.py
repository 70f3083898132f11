"""The command line: what `outcry --help` lists, from `outcry up` on.

In: arguments, OUTCRY_ variables.
Out: text for people, JSON for programs (`--json`); exit code 0 fine, 1 damage or mismatch, 2 usage.
Never: a traceback for what a user can do wrong.
"""

import sys


def main() -> None:
    """Run the command line. A venue's own children start without the parts they have no use for."""
    if sys.argv[1:3] == ["ledger", "--follow"]:
        from outcry.cli.operate.ledger import app

        app(sys.argv[2:])
    elif sys.argv[1:] == ["maker", "--config", "-"]:
        from outcry.cli.bots.maker import app

        app(sys.argv[2:])
    else:
        from outcry.cli.app import app

        app()


__all__ = ["main"]
