"""Every trouble that a venue can name has its page, and what the pages say can be done."""

import re
from pathlib import Path

import pytest
from typer.main import get_group

from outcry.cli.app import app
from outcry.config import read_settings
from outcry.domain.trouble import Trouble

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "runbook").glob("*.md"))
PARTS = ("**You see**", "**It means**", "**The venue has**", "**Do**", "**It is over when**")
COMMAND = re.compile(r"`(?:OUTCRY_\w+=\w+ )?outcry ([a-z]+)([^`]*)`")


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_a_page_with_all_its_parts(trouble: Trouble) -> None:
    text = (ROOT / trouble.page).read_text()
    places = [text.find(part) for part in PARTS]
    assert min(places) > 0, PARTS[places.index(min(places))]
    assert places == sorted(places)


def test_index_names_every_page_once_and_no_other() -> None:
    named = re.findall(
        r"^\| \[([a-z-]+)\]\(\1\.md\) ",
        (ROOT / "docs" / "runbook" / "README.md").read_text(),
        re.MULTILINE,
    )
    assert sorted(named) == sorted(trouble.value for trouble in Trouble)
    assert sorted(path.stem for path in PAGES if path.stem != "README") == sorted(named)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_exists_with_its_options(page: Path) -> None:
    commands = get_group(app)
    context = commands.make_context("outcry", ["up"])
    for name, rest in COMMAND.findall(page.read_text()):
        command = commands.get_command(context, name)
        assert command is not None, name
        known = {option for parameter in command.params for option in parameter.opts}
        given = set(re.findall(r"--[a-z-]+", rest))
        assert given <= known, f"{name}: {given - known}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_and_setting_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (page.parent / link).exists(), link
    for name, value in re.findall(r"\b(OUTCRY_[A-Z_]+[A-Z])(?:=(\w+))?", text):
        read_settings({name: value or "1"})
