"""`outcry`, with a reader that keeps every event. There is no such switch in the product."""

from outcry.gateway.live import private
from outcry.ports import EventBatch

KEPT: list[EventBatch] = []


class Leaky(private.PrivateFeed):
    """Forgets nothing it was told."""

    def consume(self, batch: EventBatch) -> None:
        KEPT.append(batch)
        super().consume(batch)


if __name__ == "__main__":
    private.PrivateFeed = Leaky  # type: ignore[misc]  # before anybody imports it
    from outcry.cli import main

    main()
