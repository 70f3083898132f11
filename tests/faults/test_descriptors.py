"""R14, descriptors: more connections than the process may have files.

The venue keeps those that work, goes on with its own files, never spins, and takes others in again
when there is room.
"""

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.trouble import drive_for, new_driver, whole_again
from tests.support.real_venue import RealVenue
from tests.support.scoreboard import add

FILES = 128
CROWD = 300
LOOKED_AT_S = 1.0
BUSY = 0.5
"""Of a processor: a loop that spins takes all of one."""
TICKS_S = os.sysconf("SC_CLK_TCK")


@contextmanager
def crowd(port: int) -> Iterator[list[socket.socket]]:
    """Hold more connections than there is room for, none of which says anything."""
    sockets = []
    try:
        for _ in range(CROWD):
            link = socket.create_connection(("127.0.0.1", port), timeout=10)
            sockets.append(link)
        yield sockets
    finally:
        for link in sockets:
            link.close()


def cpu_s(pid: int) -> float:
    """Return the CPU time a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS_S


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def test_more_connections_than_files_disturb_nobody(venue: RealVenue) -> None:
    venue.limits = {resource.RLIMIT_NOFILE: (FILES, FILES)}
    venue.environ = {"OUTCRY_PIPELINE_SNAPSHOT_COMMANDS": "100"}
    driver = new_driver()
    await venue.start()
    await drive_for(venue, driver, 100)
    assert venue.child is not None
    pid = venue.child.pid
    with crowd(venue.port):
        before, began = cpu_s(pid), asyncio.get_running_loop().time()
        await asyncio.sleep(LOOKED_AT_S)
        lasted = asyncio.get_running_loop().time() - began
        assert (cpu_s(pid) - before) / lasted < BUSY
        assert open_files(pid) < FILES
        await drive_for(venue, driver, 400)  # Whoever sends something whole is let in.
    await drive_for(venue, driver, 100)
    assert "was not written" not in venue.child.text, venue.child.text
    assert len(driver.acknowledged) >= 600
    await venue.kill()
    venue.limits = {}
    await whole_again(venue, driver)
    add("R14", faults=1, acknowledged=len(driver.acknowledged), false_acks=0)
