"""`outcry up`."""


def up() -> None:
    """Start the venue."""
