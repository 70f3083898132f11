"""Writes `docs/errors.md` from the gateway's table of refusals: `python -m tools.errors_page`."""

from pathlib import Path

from outcry.gateway.errors import errors_page

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(errors_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
