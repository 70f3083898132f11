"""What the system allows this process: many open files, and no picture of its memory."""

import resource


def raise_open_files() -> int:
    """Take all the open files that the system allows; return how many that are.

    Login shells set the limit to 1,024 for programs that cannot count higher. The hard limit is
    what whoever runs the machine has decided.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def refuse_core_dumps() -> None:
    """Leave no file with what was in memory when the process crashed: secrets are in there."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
