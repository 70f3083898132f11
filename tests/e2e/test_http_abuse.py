"""Abuse of HTTP on a running venue, and good clients beside it who hardly notice.

The good clients and the abuse take turns: what the good ones see in a moment without abuse is the
measure of the moment with it, so that a busy machine is no failure.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from statistics import median
from time import monotonic
from typing import NamedTuple

import pytest

from tests.support.attacker import ATTACKS, GIGABYTE
from tests.support.helper import Helper, helper
from tests.support.process import venue_process
from tests.support.scoreboard import note

P99_RATIO_MAX = 3.0
TRIES, MORE_TRIES = 3, 6
WINDOW_S, SETTLE_S = 0.5, 0.25
GOOD_CLIENTS = 4
THINK_S = 0.002
