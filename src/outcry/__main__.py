"""`python -m outcry` is `outcry`."""

from outcry.cli import main

if __name__ == "__main__":
    main()
