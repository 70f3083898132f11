"""The venue from the outside: the native API over one kept connection, blocking.

For scripts, replays and tests. It decides nothing: what the venue answers is returned as it came,
amounts as decimal strings; what it refuses is raised with its code.
"""

import http.client
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

TIMEOUT_S = 30.0
JSON = "application/json"

Json = Any
"""What a JSON text decodes to."""


class ApiError(Exception):
    """The venue refused a call. `code` is the stable name of the reason, "" where it gave none."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}" if code else f"{status}: {message}")
        self.status = status
        self.code = code


class Unreachable(Exception):
    """Nobody answers at the address, or not as a venue does."""


class Client:
    """One kept connection to a venue. Not for use by several threads at once."""

    def __init__(self, url: str, token: str = "", timeout_s: float = TIMEOUT_S) -> None:
        """Prepare a connection to `url`; it opens with the first call.

        Raises:
            ValueError: `url` is not an http or https address.
        """
        parts = urlsplit(url if "://" in url else f"http://{url}")
        makers = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if parts.scheme not in makers or not parts.hostname:
            raise ValueError(f"{url} is not the address of a venue")
        self.url = f"{parts.scheme}://{parts.netloc}"
        self.token = token
        self._connection = makers[parts.scheme](parts.hostname, parts.port, timeout=timeout_s)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    # Calls

    def get(self, path: str, **parameters: str | int) -> Json:
        """Return the answer to a GET."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return msgspec.json.decode(self.call("GET", path + query))

    def post(self, path: str, body: Json, token: str | None = None) -> Json:
        """Return the answer to a POST; `token` speaks for somebody else."""
        return msgspec.json.decode(self.call("POST", path, body, token))

    def call(self, method: str, path: str, body: Json = None, token: str | None = None) -> bytes:
        """Return the body of any answer that is not a refusal.

        Raises:
            ApiError: the venue refused.
            Unreachable: no answer. Whether the venue acted on the call is then not known.
        """
        headers = {"Accept": JSON}
        if bearer := self.token if token is None else token:
            headers["Authorization"] = f"Bearer {bearer}"
        data = None
        if body is not None:
            data = msgspec.json.encode(body)
            headers["Content-Type"] = JSON
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            answer: bytes = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unreachable(f"{self.url} does not answer: {error}") from error
        if response.status >= http.client.BAD_REQUEST:
            raise _refusal(response.status, answer)
        return answer

    # What scripts do most

    def register(self, email: str, password: str) -> str:
        """Register somebody and return their token; this client then speaks for them."""
        answer = self.post("/register", {"email": email, "password": password})
        self.token = str(answer["token"])
        return self.token

    def login(self, email: str, password: str) -> str:
        """Log somebody in and return their token; this client then speaks for them."""
        answer = self.post("/login", {"email": email, "password": password})
        self.token = str(answer["token"])
        return self.token

    def faucet(self, asset: str, amount: str) -> Json:
        """Credit play money (development mode only)."""
        return self.post("/api/v1/dev/faucet", {"asset": asset, "amount": amount})

    def place(self, **order: Json) -> Json:
        """Place an order; its fields are those of the native API."""
        return self.post("/api/v1/order/", order)

    def cancel(self, order_id: int | str) -> Json:
        """Cancel an order by its id."""
        path = f"/api/v1/order/?order_id={quote(str(order_id))}"
        return msgspec.json.decode(self.call("DELETE", path))

    def depth(self, market: str, limit: int = 100) -> Json:
        """Return the book."""
        return self.get("/api/v1/depth", market=market, limit=limit)


def _refusal(status: int, answer: bytes) -> ApiError:
    try:
        error = msgspec.json.decode(answer)["error"]
        return ApiError(status, str(error["code"]), str(error["message"]))
    except (msgspec.DecodeError, KeyError, TypeError):
        return ApiError(status, "", answer[:200].decode("utf-8", "replace"))
