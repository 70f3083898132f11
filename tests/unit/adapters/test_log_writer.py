import json
import os
from collections.abc import Iterator
from threading import Thread
from time import perf_counter
from typing import TextIO

import pytest

from outcry.adapters.log_writer import LINES_MAX, LogWriter

LINE = "x" * 1_000 + "\n"
MANY = LINES_MAX + 500


class Pipe:
    """A stream, and a reader that reads when it is told to."""

    def __init__(self, reader: TextIO, stream: TextIO) -> None:
        self.reader = reader
        self.stream = stream
        self.lines: list[str] = []
        self._reading = Thread(target=lambda: self.lines.extend(reader))

    def read(self) -> None:
        """Begin to read."""
        self._reading.start()

    def close(self) -> list[str]:
        """Close the stream and return what came out of it."""
        self.stream.close()
        self._reading.join()
        return self.lines


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as reader, os.fdopen(writing, "w") as stream:
        yield Pipe(reader, stream)


def test_lines_come_out_in_the_order_they_went_in(pipe: Pipe) -> None:
    writer = LogWriter(pipe.stream)
    pipe.read()
    for number in range(100):
        writer.write(f"{number}\n")
    writer.end()
    assert pipe.close() == [f"{number}\n" for number in range(100)]


def test_reader_that_does_not_read_stops_nobody_and_hears_what_it_missed(pipe: Pipe) -> None:
    writer = LogWriter(pipe.stream)
    start = perf_counter()
    for _ in range(MANY):
        writer.write(LINE)
    assert perf_counter() - start < 1.0
    pipe.read()
    writer.end()
    told = [json.loads(line) for line in pipe.close() if line != LINE]
    # More than once, where the writer came late to the first lines: some were lost before them.
    assert {line["event"] for line in told} == {"log lines were lost"}
    assert pipe.lines.count(LINE) + sum(line["lines"] for line in told) == MANY


def test_reader_that_has_gone_is_no_error(pipe: Pipe) -> None:
    writer = LogWriter(pipe.stream)
    pipe.reader.close()
    writer.write(LINE)
    writer.end()
    with pytest.raises(BrokenPipeError):
        pipe.stream.close()
