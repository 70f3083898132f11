"""The folder lock, the watchdog and the fail-points: what concerns the process as a whole."""

import stat
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from outcry.adapters.data_dir import DataDirBusy, open_data_dir
from outcry.adapters.fail_points import fail_points
from outcry.adapters.watchdog import Watchdog


def test_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = open_data_dir(tmp_path / "new" / "data")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    folder.close()


def test_second_process_is_refused_by_name(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from outcry.adapters.data_dir import open_data_dir\n"
        f"held = open_data_dir(Path({str(tmp_path)!r})); print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(DataDirBusy, match=f"in use by process {holder.pid}$"):
            open_data_dir(tmp_path)
        holder.kill()
        holder.communicate()
    open_data_dir(tmp_path).close()


def test_closed_folder_can_be_opened_again(tmp_path: Path) -> None:
    open_data_dir(tmp_path).close()
    open_data_dir(tmp_path).close()


def test_watchdog_ends_what_does_not_turn() -> None:
    stuck = Event()
    watchdog = Watchdog(0.05, lambda _: stuck.set())
    watchdog.start()
    assert stuck.wait(10)


def test_watchdog_leaves_alone_what_turns() -> None:
    looks = Event()
    stuck = Event()
    watchdog = Watchdog(0.2, lambda _: stuck.set())
    watchdog.start()
    for _ in range(100):
        watchdog.turn()
        looks.wait(0.005)
    watchdog.stop()
    assert not stuck.is_set()


def test_stuck_process_ends_with_its_traceback() -> None:
    code = (
        "import time; from outcry.adapters.watchdog import Watchdog\n"
        "Watchdog(0.2).start()\n"
        "def sync_that_hangs(): time.sleep(60)\n"
        "sync_that_hangs()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, text=True)
    assert done.returncode == 70
    assert "has not turned for 0.2 s" in done.stderr
    assert "sync_that_hangs" in done.stderr


def test_fail_point_ends_the_process_the_nth_time() -> None:
    code = (
        "from outcry.adapters.fail_points import fail_points\n"
        "reached = fail_points({'OUTCRY_FAILPOINT': 'before_apply:3'})\n"
        "for n in range(9): reached('before_apply'); reached('before_reply'); print(n, flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, text=True)
    assert (done.returncode, done.stdout) == (137, "0\n1\n")


def test_unknown_fail_point_is_refused() -> None:
    with pytest.raises(ValueError, match="the steps are mid_create"):
        fail_points({"OUTCRY_FAILPOINT": "befor_append"})


def test_without_the_variable_nothing_happens() -> None:
    fail_points({})("before_append")
