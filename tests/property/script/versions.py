"""Commands that concern the log itself: newer rules, and what is taken out of effect."""

from outcry.domain import commands as c
from tests.property.script.scene import Scene

NAMES = ("ann", "bob", "c.d-e@f", "ann", "Ann", "a b", "")


def activate(scene: Scene) -> c.Command:
    """Return a move to other rules, mostly the next ones."""
    random = scene.random
    rules = random.choice((2, 2, 2, 2, 1, 0, 3, 2**32 + 2, 2**64 - 1))
    return c.ActivateRules(
        rules=rules, staff=random.random() < 0.9, account=random.choice((0, 0, 0, 1, 99))
    )


def skip(scene: Scene) -> c.Command:
    """Return an order to take a command out of effect, mostly an earlier one."""
    random, sequence = scene.random, scene.core.sequence
    first, second = random.choices(NAMES[:3], k=2) if random.random() < 0.8 else ("ann", "bob")
    if random.random() < 0.15:
        second = random.choice(NAMES)
    return c.SkipCommand(
        skipped_sequence=random.choice((1, sequence, sequence, sequence + 1, 0, 2**63, 2**64 - 1)),
        first_admin=first,
        second_admin=second,
        reason=random.choice(("it stops the venue", "Why not?", "", "a\nb", "~" * 128)),
        staff=random.random() < 0.9,
    )
