"""Every block of the guide does what it says, against the venue it speaks of."""

import doctest
from pathlib import Path

import pytest

from tests.support.process import ROOT, venue_process

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
GUIDE = ROOT / "docs" / "guide"
PAGES = {"python.md": ["--demo"], "bench.md": ["--demo", "--bench"]}


@pytest.mark.parametrize("page", PAGES)
def test_examples_of_the_guide_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    with venue_process(tmp_path, *PAGES[page]) as venue:
        url = venue.started()["url"]
        path = GUIDE / page
        text = path.read_text(encoding="utf-8").replace("http://localhost:8000", url)
        text = text.replace("data/demo.json", str(tmp_path / "demo.json"))
        test = doctest.DocTestParser().get_doctest(text, {}, page, str(path), 0)
        results = doctest.DocTestRunner(optionflags=OPTIONS).run(test)
        assert venue.end() == (0, "")
    assert results.failed == 0, capsys.readouterr().out
    assert results.attempted > 15
