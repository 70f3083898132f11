"""What Python prints by itself, over many lines and as it is, becomes a log line instead.

That is an exception nobody catches, in any thread or while an object dies, and a warning.
"""

import logging
import sys
import threading
from types import TracebackType

import structlog

_log = structlog.get_logger("process")


def log_crashes() -> None:
    """Log crashes and warnings from now on; `telemetry.configure` says where to."""
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    sys.unraisablehook = _not_raised


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _log.critical("crashed", exc_info=(kind, error, trace))


def _thread_crashed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        name = args.thread.name if args.thread is not None else ""
        told = (args.exc_type, args.exc_value, args.exc_traceback)
        _log.error("a thread crashed", thread=name, exc_info=told)


def _not_raised(args: "sys.UnraisableHookArgs") -> None:
    error = args.exc_value
    told = (args.exc_type, error, args.exc_traceback) if error is not None else None
    _log.error("an error could not be raised", where=args.err_msg or "", exc_info=told)
