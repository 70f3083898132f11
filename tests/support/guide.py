"""Pages of the documentation whose commands are run: blocks of shell, each with its answer."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "-- end of a block --"
Steps = list[tuple[str, Any]]


def steps_of(page: Path) -> Steps:
    """Return (command, part of its answer) of each step of a page."""
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["sh", "json"] * (len(blocks) // 2)
    commands, answers = blocks[::2], blocks[1::2]
    return [(sh, json.loads(said)) for (_, sh), (_, said) in zip(commands, answers, strict=True)]


def missing(said: Any, answer: Any) -> Any:
    """Return what of the page is not in an answer; a field that is left out is null."""
    if isinstance(said, dict) and isinstance(answer, dict):
        found = {name: missing(value, answer.get(name)) for name, value in said.items()}
        return {name: value for name, value in found.items() if value is not None} or None
    if isinstance(said, list) and isinstance(answer, list) and len(said) == len(answer):
        found_in = [missing(*pair) for pair in zip(said, answer, strict=True)]
        return found_in if any(part is not None for part in found_in) else None
    return None if said == answer else {"said": said, "answered": answer}


def answers_of(steps: Steps, url: str, data: Path, timeout_s: float = 60) -> list[Any]:
    """Run the commands of a page against a venue of a demo; return what they printed."""
    script = "".join(f"{command}echo; echo '{END}'\n" for command, _ in steps)
    script = script.replace("http://localhost:8000", url)
    script = script.replace("data/demo.json", str(data / "demo.json"))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True, text=True, timeout=timeout_s, check=False, cwd=data,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done
    return [json.loads(answer) for answer in done.stdout.split(END)[:-1]]
