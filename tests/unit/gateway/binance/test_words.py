"""What refusals are called."""

import pytest

from outcry.domain.rejects import Reject
from outcry.gateway.binance.rest.service import worded
from outcry.gateway.binance.wire.errors import BinanceError, of_reject
from outcry.gateway.errors import ApiError
from outcry.ports import Unavailable


@pytest.mark.parametrize("reason", list(Reject))
def test_every_refusal_of_the_engine_has_a_negative_code_and_a_sentence(reason: Reject) -> None:
    error = of_reject(reason)
    assert error.code < 0
    assert error.text
    assert 400 <= error.status < 600


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (BinanceError(-1, "x"), -1, 400),
        (ApiError("BUSY"), -1008, 503),
        (ApiError("UNKNOWN_OUTCOME"), -1007, 504),
        (Unavailable("the ledger", 3), -1001, 503),
        (RuntimeError("secret"), -1000, 500),
    ],
)
def test_every_trouble_has_its_words(error: Exception, code: int, status: int) -> None:
    told = worded(error, "somewhere")
    assert (told.code, told.status) == (code, status)
    assert "secret" not in told.body
