"""`outcry`, with a core that charges a unit too much: a follower that has to disagree."""

from outcry.domain.units import fee_units
from outcry.engine.core.reference import match

if __name__ == "__main__":
    match.fee_units = lambda notional, rate: fee_units(notional, rate) + 1  # type: ignore[assignment]
    from outcry.cli import main

    main()
