"""How much memory the process that draws a page uses, as the kernel and the browser count it."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

KIB = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """What a page holds. Bytes."""

    process_bytes: int
    """Proportional set size of the process that draws it: what is shared counts by its share."""
    heap_bytes: int
    """JavaScript's, after everything that nobody holds was collected."""
    nodes: int
    listeners: int


def renderer_pid(browser: Browser) -> int:
    """Return the process that draws the one page of a browser.

    A browser keeps another one ready, which has done nothing: the one that worked most is meant.
    """
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    renderers = [one for one in processes if one["type"] == "renderer"]
    return int(max(renderers, key=lambda one: one["cpuTime"])["id"])


def pss_bytes(pid: int) -> int:
    """Return the proportional set size of a process. Bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * KIB
    raise AssertionError(f"the kernel does not say what process {pid} uses")


def measure(browser: Browser, page: Page) -> Memory:
    """Collect what nobody holds, and say what is left."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    told = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    facts = {one["name"]: int(one["value"]) for one in told}
    return Memory(
        pss_bytes(renderer_pid(browser)),
        facts["JSHeapUsedSize"],
        facts["Nodes"],
        facts["JSEventListeners"],
    )
