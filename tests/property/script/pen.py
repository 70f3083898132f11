"""What is sent next: a command of any kind, weighed so that a venue is brought everywhere."""

from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

from outcry import codec
from outcry.domain import commands as c
from tests.property import odd
from tests.property.script import changes, inside, orders, venue, versions
from tests.property.script.scene import Scene


def _hostile(scene: Scene) -> bytes:
    """Return a record that no gateway of ours would write."""
    write = scene.random.choice((
        orders.place_order, orders.place_special, orders.place_list, venue.tiers, venue.schedule,
    ))  # fmt: skip
    return odd.broken_record(scene.random, codec.encode_command(write(scene)))


def _dirty(scene: Scene) -> bytes:
    """Return a record with something in its padding, which only the first rules overlook."""
    write = scene.random.choice((
        orders.place_order, orders.place_special, orders.place_special, orders.place_list,
        orders.place_list, venue.tiers, venue.schedule,
        lambda scene: venue.definition(scene, scene.some_place()),
    ))  # fmt: skip
    command = write(scene)
    if scene.random.random() < 0.4:
        command = replace(command, key=f"d{scene.random.randrange(1_000)}")
    return odd.dirty_record(scene.random, codec.encode_command(command))


Writer = Callable[[Scene], c.Command | bytes | None]
_OUTSIDE: tuple[tuple[Writer, int], ...] = (
    (orders.place_order, 540),
    (orders.place_special, 290),
    (orders.place_list, 100),
    (changes.replace_order, 70),
    (changes.cancel_replace, 34),
    (changes.cancel_order, 50),
    (changes.reduce_order, 64),
    (changes.cancel_all, 6),
    (changes.again, 28),
    (venue.money, 46),
    (venue.administration, 60),
    (venue.call, 12),
    (venue.newcomer, 10),
    (venue.rules, 24),
    (venue.tiers, 10),
    (venue.account_fees, 12),
    (venue.schedule, 8),
    (venue.switch, 12),
    (venue.session, 12),
    (venue.retire, 4),
    (venue.halt, 34),
    (venue.tick, 8),
    (_hostile, 10),
    (_dirty, 12),
    (versions.activate, 10),
    (versions.skip, 10),
)
_INSIDE: tuple[tuple[Writer, int], ...] = (
    (inside.end_order, 50),
    (inside.queue_order, 20),
    (inside.fire_order, 150),
    (inside.place_children, 80),
    (inside.move_peg, 80),
    (inside.run_slice, 60),
    (inside.uncross, 30),
    (inside.put_state, 40),
    (inside.put_band, 26),
    (inside.put_rates, 16),
    (inside.put_floor, 8),
)


class Pen:
    """Draws what is sent next to the venue of a scene, to bring it everywhere."""

    def __init__(self, scene: Scene, *, whole: bool) -> None:
        """Begin; `whole`: for an engine, so without internal commands."""
        self.scene = scene
        self.mended = False
        """Whether what was drawn last brings something unusual back."""
        self._restless = scene.random.random() < 0.15
        self._writers, weights = zip(*(_OUTSIDE if whole else _OUTSIDE + _INSIDE), strict=True)
        self._weights = tuple(accumulate(weights))

    def draw(self) -> c.Command | bytes:
        """Return a command without a key, or a record that is none."""
        random, scene = self.scene.random, self.scene
        self.mended = False
        if random.random() < 0.3 and (mended := venue.repair(scene)):
            self.mended = True
            return mended
        write: Writer = random.choices(self._writers, cum_weights=self._weights)[0]
        if scene.shut() and random.random() < 0.06:
            write = random.choice((venue.tick, venue.halt))
        if self._restless and random.random() < 0.3:
            write = random.choice((venue.fees, changes.replace_order))
        return write(scene) or orders.place_order(scene)
