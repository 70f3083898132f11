"""`outcry`, whose follower stands back soon and wants its place back soon."""

from outcry.follower import loop

if __name__ == "__main__":
    loop.BUSY_COMMANDS, loop.FAR_COMMANDS = 0, 5
    from outcry.cli import main

    main()
