"""Every block of the guides to backtests and to the maker does what it says."""

import doctest
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from outcry.maker.service import MakerConfig, MarketSettings
from tests.support.process import ROOT

GUIDE = ROOT / "docs" / "guide"


@pytest.mark.parametrize(("page", "least"), [("backtest", 12), ("maker", 5)])
def test_blocks_of_the_guide_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, least: int
) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(
        str(GUIDE / f"{page}.md"), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert (found.failed, found.attempted >= least) == (0, True)


@pytest.mark.parametrize("name", ["strategy.terms", "maker.model"])
def test_examples_of_a_module_run(name: str) -> None:
    found = doctest.testmod(import_module(f"outcry.{name}"))
    assert (found.failed, found.attempted > 0) == (0, True)


def test_configuration_of_the_guide_is_one_and_shows_the_defaults() -> None:
    text = (GUIDE / "maker.md").read_text()
    block = text.partition("```json\n")[2].partition("```")[0]
    config = msgspec.json.decode(block, type=MakerConfig)
    (market,) = config.markets
    usual = MarketSettings(market="BTC_USDT", price="60000")
    assert market == usual
    assert config.switch_ms == MakerConfig(url="", markets=[], maker=config.maker).switch_ms
    shown = msgspec.json.decode(block)["markets"][0]
    assert set(shown) == set(MarketSettings.__struct_fields__)
    assert set(shown["quotes"]) == set(type(market.quotes).__struct_fields__)
