from collections.abc import Callable, Mapping, Set
from typing import Any

from outcry.gateway.binance.symbols import Form

class Shape: ...

def shape_of(form: Form) -> Shape | None: ...

Fields = tuple[int, int, int, int, int, int, int, int]
Read = tuple[int, Shape, bytes, str, int, int, str, int, Fields]

def read(text: bytes, form_of: Callable[[str], Form | None]) -> Read | None: ...
def framed(request_id: str, fixed: bytes, used: tuple[int, int, int], body: bytes) -> bytes: ...

class Writer:
    def __init__(
        self,
        *,
        sides: Mapping[int, str],
        modes: Mapping[int, str],
        times: Mapping[int, str],
        states: Mapping[int, str],
        in_match: Set[int],
    ) -> None: ...
    def placed(
        self, shape: Shape, order: list[Any], client_id: str, response: int
    ) -> bytes | None: ...
