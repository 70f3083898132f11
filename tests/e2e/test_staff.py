"""Staff and withdrawals on a real process: the page, killed venues, bots that stay as they are."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from outcry.cli.app import app
from outcry.client import ApiError, Client, Password, Unreachable, exact
from outcry.identity import totp
from tests.support.guide import answers_of, missing, steps_of
from tests.support.process import ROOT, venue_process
from tests.support.scoreboard import add

PAGE = ROOT / "docs" / "guide" / "admin.md"
ADDRESS = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
QUIET = ("--demo", "--no-maker")


def test_every_command_of_the_page_is_answered_as_it_says(tmp_path: Path) -> None:
    page = steps_of(PAGE)
    with venue_process(tmp_path, "--demo", "--maker") as venue:
        answers = answers_of(page, venue.started()["url"], tmp_path, timeout_s=120)
        assert venue.end()[0] == 0
    for (command, said), answer in zip(page, answers, strict=True):
        assert missing(said, answer) is None, (command, answer)
    assert len(page) > 40


def demo_of(data: Path) -> Any:
    return json.loads((data / "demo.json").read_text())


def trader(data: Path, url: str) -> Client:
    who = demo_of(data)["traders"][0]
    return Client(url, auth=Password(who["email"], who["password"]))


@pytest.mark.parametrize("step", ["before_append", "before_reply"])
def test_withdrawals_survive_a_killed_venue(tmp_path: Path, step: str) -> None:
    """Each is held once or not at all, and what was told is so, wherever the process ends."""
    told = []
    with venue_process(tmp_path, *QUIET, environ={"OUTCRY_FAILPOINT": f"{step}:9"}) as venue:
        with trader(tmp_path, venue.started()["url"]) as client:
            try:
                for number in range(20):
                    row = client.withdraw("INR", "1.5", ADDRESS, f"w-{number}")
                    told.append(row.client_withdrawal_id)
            except (ApiError, Unreachable):
                pass
        assert venue.process.wait(30) == 137
    cut = f"w-{len(told)}"
    with venue_process(tmp_path, *QUIET) as venue:
        with trader(tmp_path, venue.started()["url"]) as client:
            rows = client.withdrawals(limit=100).withdrawals
            assert {row.state for row in rows} == {"requested"}
            known = {row.client_withdrawal_id for row in rows}
            assert set(told) <= known <= {*told, cut}
            assert cut in known, "the row was there before the engine was asked"
            client.withdraw("INR", "1.5", ADDRESS, cut)
            left = exact(client.balances().of("INR").available)
            assert left == 10_000_000 - exact("1.5") * len(known)
            client.withdraw("INR", str(left), ADDRESS, "all")
        assert venue.end() == (0, "")
    assert told, "it was killed between withdrawals"
    add("S15", withdrawals_lost=0, withdrawals_doubled=0)


def login(data: Path, url: str, number: int = 0) -> Client:
    who = demo_of(data)["staff"][number]
    client = Client(url)
    step = totp.step_at(time.time_ns())
    code = totp.hotp(totp.secret_bytes(who["totp_secret"]), step)
    client.login(who["email"], who["password"], code)
    return client


def said(admin: Client, bots: str) -> Any:
    """Return what the last bot says of itself, once both have said something."""
    deadline = time.monotonic() + 60
    while True:
        metrics = [bot["metrics"] for bot in admin.get(bots)["bots"]]
        if None not in metrics:
            return metrics[-1]
        assert time.monotonic() < deadline, "the bots say nothing"
        time.sleep(0.1)


def test_bots_are_set_and_stay_so_over_a_restart(tmp_path: Path) -> None:
    bots = "/api/v1/staff/bots"
    with venue_process(tmp_path, "--demo", "--maker") as venue:
        with login(tmp_path, venue.started()["url"]) as admin:
            metrics = said(admin, bots)
            assert metrics["connected"] is True
            stopped = admin.post(f"{bots}/ETH_USDT/stop", {})
            assert stopped["state"] == "stopped"
            assert admin.depth("ETH_USDT").bids == []
            change = {"levels": 3, "reason": "fewer"}
            assert admin.post(f"{bots}/BTC_USDT/parameters", change)["parameters"]["levels"] == 3
            for bad in ({"levels": 51}, {"quantity": "0"}, {"noise": "x"}, {}):
                with pytest.raises(ApiError) as refused:
                    admin.post(f"{bots}/BTC_USDT/parameters", {**bad, "reason": "x"})
                assert refused.value.code in {"BAD_VALUE", "MISSING_FIELD", "BAD_TYPE"}, bad
        secrets = [one["totp_secret"] for one in demo_of(tmp_path)["staff"]]
        assert venue.end()[0] == 0
    with venue_process(tmp_path, "--demo", "--maker") as venue:
        url = venue.started()["url"]
        assert [one["totp_secret"] for one in demo_of(tmp_path)["staff"]] == secrets
        with login(tmp_path, url, 1) as finance:
            found = finance.get(bots)["bots"]
            assert [bot["state"] for bot in found][1] == "stopped"
            assert found[0]["parameters"]["levels"] == 3
        assert venue.end()[0] == 0


def test_roles_are_given_while_the_venue_rests(tmp_path: Path) -> None:
    with venue_process(tmp_path, *QUIET) as venue:
        venue.started()
        assert venue.end() == (0, "")
    arguments = ["staff", "trader2@demo.example", "--role", "support", "--data", str(tmp_path)]
    given = CliRunner().invoke(app, [*arguments, "--json"])
    assert given.exit_code == 0, given.output
    assert json.loads(given.stdout)["roles"] == ["support"]
    nobody = CliRunner().invoke(app, ["staff", "x@y.example", "--none", "--data", str(tmp_path)])
    assert nobody.exit_code != 0
    with venue_process(tmp_path, *QUIET) as venue:
        url, who = venue.started()["url"], demo_of(tmp_path)["traders"][1]
        with Client(url, auth=Password(who["email"], who["password"])) as client:
            assert client.me().roles == ["support"]
        assert venue.end() == (0, "")


def test_demo_staff_is_of_development_alone(tmp_path: Path) -> None:
    with venue_process(tmp_path) as venue:
        venue.started()
        assert venue.end()[0] == 0
    assert not (tmp_path / "demo.json").exists()
