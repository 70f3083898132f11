"""Rules of the engine, each broken once, so that the transcripts are seen to catch it."""

from tests.scenario.broken import accounts, auctions, linked, special, timed, versions, waiting

RULES = (
    *waiting.RULES,
    *special.RULES,
    *linked.RULES,
    *timed.RULES,
    *auctions.RULES,
    *accounts.RULES,
    *versions.RULES,
)
