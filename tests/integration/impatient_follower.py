"""`outcry`, whose follower wants its place back when it lacks a handful of commands."""

from outcry import follower

if __name__ == "__main__":
    follower.FAR_COMMANDS = 5
    from outcry.cli import main

    main()
