"""`outcry`, whose follower stands back soon and wants its place back soon."""

from outcry import follower

if __name__ == "__main__":
    follower.BUSY_COMMANDS, follower.FAR_COMMANDS = 0, 5
    from outcry.cli import main

    main()
