"""Stored rows as the documents that clients get."""

from outcry.domain.decimals import format_units
from outcry.ledger.proofs import reads
from outcry.ledger.proofs.facts import TradeFacts
from outcry.ledger.proofs.liabilities import Step
from outcry.ledger.proofs.note import base64_text, read_head, text_of
from outcry.ledger.verify import documents as d
from outcry.ledger.verify.check import SIDES


def head_of(row: reads.HeadRow) -> d.HeadProof:
    """Return a signed head."""
    head = read_head(text_of(row.note))
    return d.HeadProof(
        log=row.log,  # type: ignore[arg-type]  # one of LOGS
        size=head.size,
        root=base64_text(head.root),
        sequence=head.sequence,
        time_ns=str(head.time_ns),
        note=row.note,
    )


def trade_of(facts: TradeFacts) -> d.TradeLeaf:
    """Return the facts of a trade."""
    return d.TradeLeaf(
        market=facts.market,
        trade_id=facts.trade_id,
        sequence=facts.sequence,
        time_ns=str(facts.time_ns),
        price_ticks=str(facts.price_ticks),
        lots=str(facts.lots),
        taker_side=SIDES[facts.taker_side],  # type: ignore[arg-type]  # one of both
    )


def set_of(row: reads.PublishedSet) -> d.LiabilitySet:
    """Return what was owed of an asset."""
    return d.LiabilitySet(
        asset=row.symbol,
        asset_id=row.asset,
        decimals=row.decimals,
        sequence=row.sequence,
        time_ns=str(row.time_ns),
        total=format_units(row.total_units, row.decimals),
        total_units=str(row.total_units),
        leaves=row.leaves,
        root=base64_text(row.root),
        note=row.note,
    )


def share_of(row: reads.PublishedSet, leaf: reads.OwnLeaf, path: list[Step]) -> d.Share:
    """Return one's own part of what was owed."""
    return d.Share(
        asset=row.symbol,
        asset_id=row.asset,
        decimals=row.decimals,
        sequence=row.sequence,
        time_ns=str(row.time_ns),
        amount=format_units(leaf.amount_units, row.decimals),
        amount_units=str(leaf.amount_units),
        salt=base64_text(leaf.salt),
        place=leaf.place,
        leaves=row.leaves,
        path=[step_of(step) for step in path],
        total_units=str(row.total_units),
        root=base64_text(row.root),
        note=row.note,
    )


def step_of(step: Step) -> d.PathStep:
    """Return a step of a path."""
    return d.PathStep(
        hash=base64_text(step.beside.hash),
        sum_units=str(step.beside.sum_units),
        side="left" if step.is_left else "right",
    )
