"""`outcry staff` and `outcry trail`: at the machine, beside a venue that runs."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from outcry.cli.app import app
from tests.support.gateway import open_house
from tests.support.people import with_factor


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


async def told(*arguments: object) -> Result:
    return await asyncio.to_thread(run, *arguments)


async def test_operator_gives_roles_and_takes_them_away_and_it_is_in_the_trail(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        ann = await house.person(INR="1")
        await with_factor(ann)
        asked = ("staff", ann.email.upper(), "--data", tmp_path, "--by", "olive", "--json")
        given = await told(*asked, "--role", "risk", "--role", "admin")
        assert (given.exit_code, given.output) == (
            0, f'{{"account":{ann.account},"roles":["admin","risk"]}}\n',
        )  # fmt: skip
        entries = (await ann.get("/api/v1/staff/trail", limit=1000))["entries"]
        assert entries[-1]["details"] == {"roles": "risk,admin", "by": "olive"}
        sound = await told("trail", "--data", tmp_path)
        assert (sound.exit_code, "sound" in sound.output) == (0, True)
        assert (await told(*asked, "--none")).exit_code == 0
        assert (await ann.call("GET", "/api/v1/staff/trail")).code == "FORBIDDEN"
        for wrong, why in (
            (("--role", "king"), "support, risk, finance, admin"),
            ((), "--role"),
            (("--role", "risk", "--none"), "--none"),
        ):
            refused = await told(*asked, *wrong)
            assert refused.exit_code != 0
            assert why in refused.output
        nobody = await told("staff", "nobody@x.org", "--role", "risk", "--data", tmp_path)
        assert "Nobody is registered" in nobody.output
    late = await told(*asked, "--role", "risk")
    assert (late.exit_code, "risk" in late.output) == (0, True)


@pytest.mark.parametrize("head", ["", "1-00"])
async def test_trail_that_was_changed_is_named(tmp_path: Path, head: str) -> None:
    async with open_house(tmp_path) as house:
        await house.person(INR="1")
    with sqlite3.connect(tmp_path / "identity.sqlite") as forger:
        if not head:
            forger.execute("DELETE FROM trail WHERE number = 1")
    forger.close()
    found = run("trail", "--data", tmp_path, *(("--head", head) if head else ()), "--json")
    assert found.exit_code == 1
    assert ("not in the trail" if head else "the head names entry 1") in found.output


def test_folder_without_people_is_refused(tmp_path: Path) -> None:
    found = run("trail", "--data", tmp_path)
    assert found.exit_code == 2
    assert "there is no identity.sqlite" in found.output
    assert list(tmp_path.iterdir()) == []
