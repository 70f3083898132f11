"""Every row of the bad-input catalogue: the tests that hold it, or why it cannot apply yet.

The rows are those of the reliability rules. A test is named as `file::test`, the file below
`tests/`; what is named has to be there.
"""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
ORDERS = "integration/gateway/test_bad_input.py"
IN_PROCESS = "integration/test_bad_input_in_process.py"
COMMAND_LINE = "unit/cli/test_bad_input.py"
EDGES = "integration/gateway/test_http_edges.py"
PLACING = "integration/gateway/test_placing.py"
CHANGING = "integration/gateway/test_changing.py"
LOOKING = "integration/gateway/test_looking_up.py"
HOSTILE = "integration/gateway/test_stream_hostile.py"
STREAM = "integration/gateway/test_stream_public.py"
SPECIAL = "integration/gateway/special"
SIGNED = "integration/gateway/test_signed.py"
PRIVATE = "integration/gateway/test_stream_private.py"

EVERY_DOOR = (
    f"{ORDERS}::test_bad_order_is_refused_at_every_door",
    f"{ORDERS}::test_bad_field_of_the_full_form_is_refused",
    f"{ORDERS}::test_bad_replace_is_refused_and_the_order_stays",
    f"{ORDERS}::test_bad_cancel_is_refused",
    f"{IN_PROCESS}::test_bad_order_is_refused_and_changes_nothing",
)
CATALOGUE: dict[str, tuple[str, ...]] = {
    "quantities and prices that are no plain decimal above 0": (
        *EVERY_DOOR,
        f"{COMMAND_LINE}::test_number_that_is_none_is_refused",
        f"{COMMAND_LINE}::test_step_of_a_tape_that_is_none_is_named",
    ),
    "a number for money, a boolean for a number, null, a text for a list": (
        *EVERY_DOOR,
        f"{CHANGING}::test_batch_that_is_no_list_of_objects_is_refused",
        f"{STREAM}::test_channels_are_a_list_of_names",
    ),
    "no multiple of tick or lot, below the minimum, above the maximum, outside the band": (
        *EVERY_DOOR,
        f"{IN_PROCESS}::test_refusal_says_what_would_be_right",
    ),
    "price x quantity of 2^62 units or more": EVERY_DOOR,
    "price x quantity that is next to nothing, and dust": (
        *EVERY_DOOR,
        f"{IN_PROCESS}::test_tiny_fills_never_cost_the_house",
    ),
    "unknown key": (
        *EVERY_DOOR,
        "integration/gateway/test_mass_assignment.py::test_no_body_sets_what_is_not_ones_own",
    ),
    "duplicate keys, depth, size, broken UTF-8, surrogates, marks, NUL": (
        f"{EDGES}::test_body_that_is_not_one_sound_object_is_refused",
        f"{EDGES}::test_frame_that_is_not_one_sound_object_is_refused",
        f"{EDGES}::test_body_beyond_64_kilobytes_is_refused",
        f"{HOSTILE}::test_too_large_a_frame_ends_the_connection",
        f"{COMMAND_LINE}::test_tape_that_is_none_is_refused",
    ),
    "packed bodies that become too large, unknown encodings, other content types": (
        f"{EDGES}::test_small_body_that_becomes_large_is_refused",
        f"{EDGES}::test_unknown_encoding_is_refused",
        f"{EDGES}::test_other_content_type_is_refused",
    ),
    "unknown, halted or retired market, another case, letters that look alike": (
        *EVERY_DOOR,
        f"{COMMAND_LINE}::test_market_that_is_unknown_is_refused",
    ),
    "the same client order id, with the same content and with other": (
        f"{ORDERS}::test_same_id_again_is_the_same_order_and_other_content_a_conflict",
    ),
    "a client order id that is none": EVERY_DOOR,
    "a market order on an empty book, or beyond its protection": (
        f"{PLACING}::test_market_order_on_an_empty_book_is_accepted_and_expires",
        "unit/engine/core/test_market.py::test_a_taker_stops_at_its_band_and_is_protected",
    ),
    "an order that meets its own account: new, replaced, across sub-accounts": (
        f"{PLACING}::test_own_order_is_never_traded_with",
        f"{CHANGING}::test_own_order_is_not_traded_with_on_replace",
        "unit/engine/core/test_market.py::test_a_group_does_not_trade_with_itself_and_may_transfer",
    ),
    "replacing below what is filled; changing what is filled, foreign, unknown or gone": (
        f"{ORDERS}::test_bad_replace_is_refused_and_the_order_stays",
        f"{ORDERS}::test_bad_cancel_is_refused",
        "integration/gateway/test_races.py::test_order_is_cancelled_by_one_of_many",
        "integration/gateway/test_races.py::test_order_is_filled_or_cancelled_and_money_agrees",
    ),
    "post-only that would cross, FOK in part, the rest of IOC, an end in the past": (
        f"{PLACING}::test_post_only_order_rests_or_is_refused_with_the_price_in_its_way",
        f"{PLACING}::test_time_in_force_decides_over_the_rest",
        f"{IN_PROCESS}::test_bad_move_is_refused_by_the_engine",
    ),
    "a stop that is already reached, a thousand stops that fire each other": (
        f"{IN_PROCESS}::test_bad_move_is_refused_by_the_engine",
        f"{IN_PROCESS}::test_a_thousand_stops_fire_a_bounded_number_at_a_time",
    ),
    "orders with terms and lists over HTTP and WebSocket: fields that do not fit, what is past": (
        f"{ORDERS}::test_bad_order_with_terms_is_refused",
        "unit/gateway/special/test_wanted.py::test_what_does_not_go_together_is_refused_with_what_would",
        f"{SPECIAL}/test_lists.py::test_bad_list_is_refused_with_what_would_be_right",
        f"{SPECIAL}/test_lists.py::test_bad_frame_of_a_list_is_refused",
        f"{SPECIAL}/test_changes.py::test_bad_cancel_replace_is_refused_and_the_order_stays",
        f"{SPECIAL}/test_switches.py::test_timeout_that_cannot_be_is_refused",
    ),
    "withdrawing twice or too much": (
        f"{IN_PROCESS}::test_same_money_leaves_once",
        f"{IN_PROCESS}::test_bad_move_is_refused_by_the_engine",
    ),
    "a transfer to oneself, a market of one asset": (
        f"{IN_PROCESS}::test_bad_move_is_refused_by_the_engine",
    ),
    "page sizes, forged cursors, spans of time": (
        f"{LOOKING}::test_bad_query_is_refused",
        f"{LOOKING}::test_bad_time_is_refused",
        f"{LOOKING}::test_forged_cursor_is_refused",
        f"{COMMAND_LINE}::test_point_in_time_that_is_none_is_refused",
    ),
    "timestamps in seconds, in the future, windows of more than a minute": (
        f"{SIGNED}::test_header_that_does_not_fit_is_refused",
        f"{SIGNED}::test_request_is_taken_within_its_window",
    ),
    "WebSocket: binary frames, floods, subscribing twice or to others, orders before auth": (
        f"{HOSTILE}::test_binary_frame_ends_the_connection",
        f"{HOSTILE}::test_flood_of_pings_is_answered_and_harms_nobody",
        f"{STREAM}::test_subscribing_twice_is_told_once_from_then_on",
        f"{PRIVATE}::test_private_channel_before_auth_is_refused",
        f"{PRIVATE}::test_order_before_auth_is_refused",
    ),
}
NOT_YET = {
    "the asset of a source account differs from the book's": "a caller names no source account",
    "reduce-only twice in parallel": "no door takes reduce-only orders",
    "withdrawals to an address: own, zero, wrong chain, wrong checksum, a contract's": (
        "there is no call for withdrawals and no chain"
    ),
    "gRPC: unknown enumerations, size, deadlines, metadata, reflection": "there is no gRPC door",
}
"""Rows, and parts of rows, that cannot apply to the doors there are."""


@pytest.mark.parametrize("row", CATALOGUE)
def test_row_is_held_by_tests_that_are_there(row: str) -> None:
    assert CATALOGUE[row]
    for place in CATALOGUE[row]:
        file, _, name = place.partition("::")
        text = (TESTS / file).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), place


@pytest.mark.parametrize("row", NOT_YET)
def test_row_that_is_left_out_has_a_reason(row: str) -> None:
    assert NOT_YET[row]
    assert row not in CATALOGUE
