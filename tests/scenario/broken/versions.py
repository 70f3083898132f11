"""Rules that change by command, and skips, broken."""

from outcry.codec import layouts
from outcry.engine.core.reference.special import terms
from outcry.engine.core.reference.venue import states
from tests.support.broken import Broken, Function


def always(_: Function) -> Function:
    return lambda *_args: True


def without_a_second(counts: Function) -> Function:
    return lambda skipped, sequence, first, _second, why: counts(
        skipped, sequence, first, b"x" + first[1:], why
    )


RULES = (
    Broken("rows may have padding", layouts.Table, "is_clean", always, "versions"),
    Broken("slices have no bound", terms, "SLICES_MOST", lambda _: 1 << 32, "versions"),
    Broken("rules that are not known may come", states, "RULES", lambda _: 99, "versions"),
    Broken("one person may skip", states, "skip_counts", without_a_second, "versions"),
    Broken("anything may be skipped", states, "skip_counts", always, "versions"),
)
