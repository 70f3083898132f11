"""A clock that is wrong on purpose, for the processes of a venue (libfaketime)."""

from pathlib import Path

LIBRARY = "*/faketime/libfaketimeMT.so.1"


class WrongClock:
    """What the processes of a nest take for the time of day, in seconds off the real one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set(0)

    def set(self, ahead_s: int) -> None:
        """Jump."""
        aside = self.path.with_suffix(".new")
        aside.write_text(f"{ahead_s:+d}s\n")
        aside.replace(self.path)

    def environ(self) -> dict[str, str]:
        """Return what a process needs to believe it."""
        (library,) = Path("/usr/lib").glob(LIBRARY)
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.path),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
