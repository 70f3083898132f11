"""`outcry`, with a reader that keeps every event. There is no such switch in the product."""

from outcry.bootstrap import views
from outcry.cli import main
from outcry.gateway.live.private import PrivateFeed
from outcry.ports import EventBatch

KEPT: list[EventBatch] = []


class Leaky(PrivateFeed):
    """Forgets nothing it was told."""

    def consume(self, batch: EventBatch) -> None:
        KEPT.append(batch)
        super().consume(batch)


if __name__ == "__main__":
    views.PrivateFeed = Leaky  # type: ignore[misc]
    main()
