"""The gate that every request of every door passes: it counts, and refuses what is too much.

A refusal is a 429 that says when to come again. An address that goes on all the same is shut out:
418, for two minutes at first, and longer each time. Cancels have a reserve and pass even then.
"""

from collections import Counter

from outcry.gateway.errors import ApiError
from outcry.gateway.limits.origin import counted
from outcry.gateway.limits.rates import SECOND_NS, LimitSettings, Rate, Rates, rates_of
from outcry.ports import Bucket, Clock, Limits

MINUTE_NS, REMEMBERED_NS = 60 * SECOND_NS, 3 * 86_400 * SECOND_NS
DOUBLINGS_MAX = 20


class TooMuch(ApiError):
    """A refusal by the gate: `RATE`, or `SHUT_OUT` until `until_ns`."""

    def __init__(self, code: str, message: str, rate: Rate, wait_ns: int, until_ns: int = 0):
        super().__init__(code, message)
        self.rate = rate
        """The rate that is used up."""
        self.retry_after_s = self.body.retry_after_s = -(-wait_ns // SECOND_NS)
        self.until_ns = until_ns

    def of(self, client_order_id: str | None) -> "TooMuch":
        """Return it as the answer to an order with this id."""
        self.body.client_order_id = client_order_id
        return self


class Gate:
    """Counts by address, key and account."""

    def __init__(
        self, limits: Limits, clock: Clock, settings: LimitSettings, *, development: bool = False
    ) -> None:
        self._limits = limits
        self._shut_out_until_ns = limits.shut_out_until_ns
        self._now_ns = clock.now_ns
        self._development = development
        self._sockets: Counter[int] = Counter()
        self.refusals = 0
        """Requests refused so far, shut out or not."""
        self.shut_outs = 0
        """How often an address was shut out."""
        self.set(settings)

    def set(self, settings: LimitSettings) -> None:
        """Go by these settings from now on; what was taken still counts."""
        self._settings = settings
        self.rates: Rates = rates_of(settings, development=self._development)
        self._ip = self._bucket("ip_weight", self.rates.ip)
        self._key = self._bucket("key_weight", self.rates.key)
        self._account = self._bucket("account_weight", self.rates.account)
        self._orders_10s = self._bucket("orders_10s", self.rates.orders_10s)
        self._orders_1d = self._bucket("orders_1d", self.rates.orders_1d)
        self._of_orders = (
            self._ip, self._key, self._account, self._orders_10s, self._orders_1d,
        )  # fmt: skip
        self._refusals = self._limits.bucket("refusals", settings.refusals_1m, MINUTE_NS)
        self._shut_outs = self._limits.bucket("shut_outs", 1 << DOUBLINGS_MAX, REMEMBERED_NS)

    def _bucket(self, name: str, rate: Rate) -> Bucket:
        reserve = -(-rate.tokens * self._settings.cancel_reserve_percent // 100)
        return self._limits.bucket(name, rate.tokens, rate.interval_ns, reserve)

    # What passes

    def request(self, ip: str, weight: int = 1, *, cancels: bool = False) -> None:
        """Count a request by where it comes from, before anything else is known of it.

        Raises:
            TooMuch: `RATE`, or `SHUT_OUT`.
        """
        if ":" in ip:
            ip = counted(ip)
        now_ns = self._now_ns()
        until_ns = self._shut_out_until_ns(ip)
        if until_ns > now_ns and not cancels:
            raise self._shut_out(until_ns, now_ns)
        wait_ns = self._ip.take(ip, weight, now_ns, cancels)
        if wait_ns:
            self._went_on(ip, now_ns)
            raise self._too_much(self.rates.ip, wait_ns, "from your address")

    def caller(
        self, account: int, weight: int = 1, *, key: str = "", cancels: bool = False
    ) -> None:
        """Count a request by whom it speaks for, and by the API key that says so, if one does.

        Raises:
            TooMuch: `RATE`.
        """
        now_ns = self._now_ns()
        if key:
            wait_ns = self._key.take(key, weight, now_ns, cancels)
            if wait_ns:
                raise self._too_much(self.rates.key, wait_ns, "with your key")
        wait_ns = self._account.take(account, weight, now_ns, cancels)
        if wait_ns:
            raise self._too_much(self.rates.account, wait_ns, "of your account")

    def orders(self, account: int, count: int = 1, weight: int = 0) -> None:
        """Count new orders. All of them pass, or none.

        With a `weight` the request is counted as well, as `caller` does.

        Raises:
            TooMuch: `RATE`.
        """
        now_ns = self._now_ns()
        if weight:
            wait_ns = self._account.take(account, weight, now_ns)
            if wait_ns:
                raise self._too_much(self.rates.account, wait_ns, "of your account")
        wait_ns = self._orders_10s.take(account, count, now_ns)
        if wait_ns:
            raise self._too_much(self.rates.orders_10s, wait_ns, "of your account")
        wait_ns = self._orders_1d.take(account, count, now_ns)
        if wait_ns:
            raise self._too_much(self.rates.orders_1d, wait_ns, "of your account")

    def order(self, ip: str, key: str, account: int, count: tuple[int, int]) -> bool:
        """Count a request for new orders as `request`, `caller` and `orders` together do.

        `count` is its weight, and how many orders. False where one of the three would refuse it,
        and nothing was counted.
        """
        if ":" in ip:
            ip = counted(ip)
        now_ns, (weight, orders) = self._now_ns(), count
        if self._shut_out_until_ns(ip) > now_ns:
            return False
        people, counts = (
            (ip, key, account, account, account),
            (weight, weight, weight, orders, orders),
        )
        return self._limits.take_all(self._of_orders, people, counts, now_ns)

    # What does not

    def _too_much(self, rate: Rate, wait_ns: int, whose: str) -> TooMuch:
        self.refusals += 1
        what = "orders" if rate.kind == "ORDERS" else "request weight"
        interval = rate.interval.lower()
        time = f"{rate.intervals} {interval}s" if rate.intervals > 1 else f"a {interval}"
        message = f"{rate.tokens} {what} {whose} in {time} are used up"
        return TooMuch("RATE", message, rate, wait_ns)

    def _went_on(self, ip: str, now_ns: int) -> None:
        """Shut an address out that has been refused too often in this minute."""
        if not self._refusals.take(ip, 1, now_ns):
            return
        self._shut_outs.take(ip, 1, now_ns)
        doublings = min(self._shut_outs.used(ip, now_ns) - 1, DOUBLINGS_MAX)
        seconds = min(self._settings.shut_out_s << doublings, self._settings.shut_out_max_s)
        until_ns = now_ns + seconds * SECOND_NS
        self._limits.shut_out(ip, until_ns)
        self.shut_outs += 1
        raise self._shut_out(until_ns, now_ns)

    def _shut_out(self, until_ns: int, now_ns: int) -> TooMuch:
        self.refusals += 1
        message = "your address went on after 429 and is shut out; Retry-After says how long"
        return TooMuch("SHUT_OUT", message, self.rates.ip, until_ns - now_ns, until_ns)

    # What clients are told

    def weight_used(self, ip: str) -> int:
        """Return the weight that an address has used in this minute."""
        return self._ip.used(counted(ip) if ":" in ip else ip, self._now_ns())

    def orders_used(self, account: int) -> tuple[int, int]:
        """Return the new orders of an account in these ten seconds, and on this day."""
        now_ns = self._now_ns()
        return self._orders_10s.used(account, now_ns), self._orders_1d.used(account, now_ns)

    def weight_headers(self, ip: str) -> dict[str, str]:
        """Return the headers by which clients throttle themselves."""
        used = str(self.weight_used(ip))
        return {"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used}

    def order_headers(self, account: int) -> dict[str, str]:
        """Return the headers that answers to new orders have besides."""
        short, day = self.orders_used(account)
        return {"X-MBX-ORDER-COUNT-10S": str(short), "X-MBX-ORDER-COUNT-1D": str(day)}

    def used(self, ip: str, account: int) -> tuple[int, int, int]:
        """Return what the headers of an answer to a new order say, each number once."""
        if ":" in ip:
            ip = counted(ip)
        now_ns = self._now_ns()
        weight, short = self._ip.used(ip, now_ns), self._orders_10s.used(account, now_ns)
        return weight, short, self._orders_1d.used(account, now_ns)

    # What staff is told

    def in_force(self) -> list[Bucket]:
        """Return what counts, and how much of it there is."""
        return [self._ip, self._key, self._account, self._orders_10s, self._orders_1d]

    def shut_out_now(self) -> list[tuple[str, int]]:
        """Return the addresses that are shut out, and until when."""
        return [(str(who), at) for who, at in self._limits.shut_out_at(self._now_ns())]

    # Sockets

    def enter(self, account: int) -> None:
        """Count a WebSocket connection that begins to speak for an account.

        Raises:
            ApiError: `SOCKETS`.
        """
        allowed = self.rates.sockets_per_account
        if self._sockets[account] >= allowed:
            raise ApiError("SOCKETS", f"{allowed} connections speak for this account already")
        self._sockets[account] += 1

    def leave(self, account: int) -> None:
        """Count a connection out that ends."""
        self._sockets[account] -= 1
        if not self._sockets[account]:
            del self._sockets[account]
