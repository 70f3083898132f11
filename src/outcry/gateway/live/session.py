"""One WebSocket connection: what the client asks, and what its account is told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import WSCloseCode

from outcry.gateway.errors import ApiError
from outcry.gateway.http import refused_error
from outcry.gateway.json_input import convert, decode_object
from outcry.gateway.limits.gate import TooMuch
from outcry.gateway.live.asked import special
from outcry.gateway.live.asked.message import Message, channels_of, message_of
from outcry.gateway.live.asked.own import OwnChannels, or_internal
from outcry.gateway.live.asked.turn import Turns
from outcry.gateway.live.entrance import Entrance, by_token
from outcry.gateway.live.hub import Hub, Subscriber
from outcry.gateway.live.socket import Outlet, Slot, frame
from outcry.gateway.native.orders import OrderCalls
from outcry.gateway.native.parse import SIDES
from outcry.gateway.native.render import error_json
from outcry.gateway.native.schemas import BatchIn, CancelIn, PlainOrder, ReplaceIn
from outcry.gateway.people.caller import Caller
from outcry.gateway.special.schemas import read_order, whole
from outcry.gateway.special.switches import Ties
from outcry.identity.api_keys import READ, TRADE
from outcry.marketdata.feed import UnknownChannel
from outcry.ports import Outcomes, Refused

PRIVATE = ("orders", "fills", "balances", "lists")
CHANNELS_MAX = 200
UNUSED_S = 300.0
"""How long a connection may follow nothing and speak for nobody."""
TURN_COMMANDS_MAX = 1_000
"""More commands than this from one connection do not wait for the end of the turn."""
_KEYS = 3
"""How many keys a whole order message has: id, op, args."""
_encode = msgspec.json.Encoder().encode

Finish = Callable[[Outcomes], str | None]
"""Makes the JSON text of a reply from its commands' events; None: it will fill its slot itself."""

Waiting = tuple[Slot, str, int, int | None, str | None, Finish | None, int, int]
"""(slot, request id, how many commands, side, client order id, how to answer, how many new orders,
the order to change): without a `Finish` it is one command, and the answer is its order."""


class Session:
    """One client. Orders read in one turn of the loop enter the flow as one submission."""

    def __init__(
        self, orders: OrderCalls, hub: Hub, outlet: Outlet, entrance: Entrance, ties: Ties
    ) -> None:
        self.calls = orders
        self.ties_all = False
        """Whether every order of this connection is tied to it."""
        self._ties = ties
        self._tie = 0
        self._services = orders.door.services
        self._hub = hub
        self._outlet = outlet
        self._gate = orders.door.services.gate
        self._entrance = entrance
        self._turns = Turns(self._gate, entrance.address, self._fail)
        self._who: Caller | None = None
        self._subscriber = Subscriber(outlet)
        hub.connections.add(self._subscriber)
        self._account = 0
        self._token = ""
        self._unused_since_s = asyncio.get_running_loop().time()
        self._own = OwnChannels(orders, outlet)
        self._records: list[bytes] = []
        self._waiting: list[Waiting] = []
        self._only_cancels = True
        self._scheduled = False
        self._tasks: set[asyncio.Task[None]] = set()

    # Reading

    def receive(self, data: bytes) -> None:
        """Take in one message."""
        slot, number = self._outlet.slot(), "null"
        try:
            value = decode_object(data)
            asked = value.get("id")
            number = str(asked) if type(asked) is int else _encode(asked).decode()
            args = value.get("args")
            # The busiest message: with its three keys and no other it needs no schema.
            whole = len(value) == _KEYS and asked is not None and type(args) is dict
            if whole and value.get("op") == "order.place":
                self._place(slot, number, args)  # type: ignore[arg-type]  # see `whole`
                return
            message = message_of(value)
            handler = OPS.get(message.op)
            if handler is None:
                valid = list(OPS)
                raise ApiError("BAD_VALUE", "no such op", field="op", given=message.op, valid=valid)
            if message.op not in FLOWING:
                self._gate.request(self._entrance.address)
            handler(self, slot, number, message)
        except Exception as error:
            self._fail(slot, number, self._counted(or_internal(error)))

    def _counted(self, error: ApiError) -> ApiError:
        """Count a message that goes nowhere, and return what its client is told."""
        if not isinstance(error, TooMuch):
            try:
                self._gate.request(self._entrance.address)
            except TooMuch as too_much:
                return too_much
        return error

    def _fail(self, slot: Slot, number: str, error: ApiError) -> None:
        # An answer is {"error": ...}; here the error stands beside the id.
        self._outlet.fill(slot, f'{{"id":{number},"ok":false,{error_json(error)[1:]}')

    def _succeed(self, slot: Slot, number: str, text: str) -> None:
        self._outlet.fill(slot, f'{{"id":{number},"ok":true,"result":{text}}}')

    def caller(self, scope: str = TRADE) -> int:
        """Return the account this connection speaks for.

        Raises:
            ApiError: `UNAUTHORIZED`, `SCOPE`.
        """
        if self._who is None:
            raise ApiError("UNAUTHORIZED", "send auth with a token first")
        self._who.check(scope)
        return self._account

    # Orders

    def _place(self, slot: Slot, number: str, args: dict[str, Any]) -> None:
        account = self.caller()
        order = read_order(args)
        record = self._record(account, order)
        self.queue(
            [record],
            (slot, number, 1, SIDES[order.side], order.client_order_id, None, 1, 0),
            cancels=False,
        )

    def _record(self, account: int, order: PlainOrder) -> bytes:
        """Return the record of a new order, which may be tied to this connection."""
        parser = self.calls.door.parser
        if not order.special and not self.ties_all:
            return parser.place(account, order)
        tied = self.ties_all or whole(order).cancel_on_disconnect
        return parser.place_special(account, order, self.tie(account) if tied else 0)

    def tie(self, account: int) -> int:
        """Return the number by which orders are tied to this connection."""
        if not self._tie:
            self._tie = self._ties.new()
        return self._tie

    def check_untied(self, op: str) -> None:
        """Refuse what makes orders that cannot be tied, where all of them are to be.

        Raises:
            ApiError: `CONTRADICTION`.
        """
        if self.ties_all:
            why = f"{op} is not for a connection that said cancel_on_disconnect"
            raise ApiError("CONTRADICTION", why, field="op")

    def _place_asked(self, slot: Slot, number: str, message: Message) -> None:
        self._place(slot, number, message.args or {})

    def _cancel(self, slot: Slot, number: str, message: Message) -> None:
        account = self.caller()
        named: CancelIn = convert(message.args or {}, CancelIn)
        record = self.calls.door.parser.cancel(account, named)
        order_id = self.calls.order_id(account, named)
        waiting = (slot, number, 1, None, named.client_order_id, None, 0, order_id)
        self.queue([record], waiting, cancels=True)

    def _replace(self, slot: Slot, number: str, message: Message) -> None:
        wanted: ReplaceIn = convert(message.args or {}, ReplaceIn)
        record, side, order_id = self.calls.replace_record(self.caller(), wanted)
        if wanted.cancel_first:
            self.check_untied("cancel_first")
        waiting = (slot, number, 1, side, wanted.client_order_id, None, 1, order_id)
        self.queue([record], waiting, cancels=False)

    def _batch(self, slot: Slot, number: str, message: Message) -> None:
        account = self.caller()
        members = convert(message.args or {}, BatchIn).orders
        batch = self.calls.prepare(account, members, self._record)
        if not batch.records:
            self._succeed(slot, number, batch.text())
            return

        def finish(outcomes: Outcomes) -> str | None:
            if self.calls.finish_now(batch, outcomes):
                return batch.text()
            self.later(slot, number, self.calls.finish(account, batch, outcomes))
            return None

        waiting = (slot, number, len(batch.records), None, None, finish, batch.placed, 0)
        self.queue(batch.records, waiting, cancels=batch.only_cancels)

    def later(self, slot: Slot, number: str, answer: Awaitable[str]) -> None:
        """Answer with what only the history knows."""

        async def fill() -> None:
            try:
                self._succeed(slot, number, await answer)
            except Exception as error:
                self._fail(slot, number, or_internal(error))

        task = asyncio.get_running_loop().create_task(fill())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def queue(self, records: list[bytes], waiting: Waiting, *, cancels: bool) -> None:
        """Send records into the flow at the end of this turn, with whatever else was read."""
        if cancels != self._only_cancels and self._waiting:
            self._submit()
        self._only_cancels = cancels
        self._records += records
        self._waiting.append(waiting)
        if len(self._records) >= TURN_COMMANDS_MAX:
            self._submit()
        elif not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._end_of_turn)

    def _end_of_turn(self) -> None:
        self._scheduled = False
        if self._waiting:
            self._submit()

    def _submit(self) -> None:
        records, waiting = self._turns.within_limits(
            self._account, self._records, self._waiting, cancels=self._only_cancels
        )
        self._records, self._waiting = [], []
        if not waiting:
            return

        def done(outcomes: Outcomes | None) -> None:
            self._answer(waiting, outcomes)

        entry = self._services.entry
        try:
            entry.submit(b"".join(records), len(records), done, reserve=self._only_cancels)
        except Refused as refused:
            for slot, number, _, _, key, *_ in waiting:
                self._fail(slot, number, refused_error(refused, key))

    def _answer(self, waiting: list[Waiting], outcomes: Outcomes | None) -> None:
        """Fill the slots of one submission."""
        if outcomes is None:
            for slot, number, _, _, key, *_ in waiting:
                self._fail(slot, number, ApiError("UNKNOWN_OUTCOME", client_order_id=key))
            return
        start = 0
        for slot, number, count, side, key, finish, _, changed in waiting:
            try:
                if finish is None:
                    text = self.calls.outcome_now(outcomes[start], side, key, changed)
                    if text is None:
                        asked = (self._account, outcomes[start], side, key, changed)
                        self.later(slot, number, self.calls.outcome(*asked))
                else:
                    text = finish(outcomes[start : start + count])
                if text is not None:
                    self._succeed(slot, number, text)
            except Exception as error:  # One answer's trouble is not another's.
                self._fail(slot, number, or_internal(error))
            start += count

    # Channels

    def _subscribe(self, slot: Slot, number: str, message: Message) -> None:
        names = channels_of(message)
        following = self._subscriber.channels | self._own.names | set(names)
        if len(following) > CHANNELS_MAX:
            raise ApiError("BAD_VALUE", f"at most {CHANNELS_MAX} channels", field="channels")
        before = self._subscriber.channels | self._own.names
        try:
            snapshots = [self._follow(name) for name in names]
        except ApiError:
            for name in names:
                if name not in before:
                    self._leave(name)
            raise
        self._succeed(slot, number, _encode({"channels": names}).decode())
        for snapshot in snapshots:
            self._outlet.send(snapshot)

    def _follow(self, name: str) -> bytes:
        """Follow a channel and return the frame of its snapshot."""
        if name in PRIVATE:
            return self._own.follow(self.caller(READ), name)
        try:
            return self._hub.subscribe(self._subscriber, name)
        except UnknownChannel:
            raise ApiError("UNKNOWN_CHANNEL", field="channels", given=name) from None

    def _leave(self, name: str) -> None:
        self._own.leave(name)
        self._hub.unsubscribe(self._subscriber, name)

    def _unsubscribe(self, slot: Slot, number: str, message: Message) -> None:
        names = channels_of(message)
        for name in names:
            self._leave(name)
        self._succeed(slot, number, _encode({"channels": names}).decode())

    def _auth(self, slot: Slot, number: str, message: Message) -> None:
        if message.key is None:
            who = by_token(self._services.identity, message.token or "")
        elif message.token is None:
            named = (message.key, message.time or "", message.window, message.signature or "")
            who = self._entrance.by_key(*named)
        else:
            raise ApiError("CONTRADICTION", "send a token or a key, not both", field="key")
        account = who.account
        if self._account not in {0, account}:
            raise ApiError("FORBIDDEN", "this connection speaks for somebody else")
        if not self._account:
            self._gate.enter(account)
        self._account, self._token, self._who = account, message.token or "", who
        self.ties_all = self.ties_all or message.cancel_on_disconnect
        self._succeed(slot, number, f'{{"user_id":{account}}}')

    def _ping(self, slot: Slot, number: str, _message: Message) -> None:
        self._succeed(slot, number, '"pong"')

    # The end

    def look(self) -> None:
        """End the connection if its token is not valid any more, or if it has no use for long."""
        now_s = asyncio.get_running_loop().time()
        if self._who is not None:
            if not self._entrance.still(self._who, self._services.identity, self._token):
                self._end("the token has expired; open another connection and send auth")
        elif self._subscriber.channels:
            self._unused_since_s = now_s
        elif now_s - self._unused_since_s > UNUSED_S:
            self._end("this connection follows nothing and speaks for nobody")

    def _end(self, why: str) -> None:
        """Tell the client why, and close."""
        if self._outlet.closing:
            return
        text = error_json(ApiError("UNAUTHORIZED", why))
        self._outlet.send(frame(f'{{"id":null,"ok":false,{text[1:]}'.encode()))
        self._outlet.close(WSCloseCode.POLICY_VIOLATION, why.encode())

    def close(self) -> None:
        """Stop following everything."""
        self._hub.leave(self._subscriber)
        if self._account:
            self._gate.leave(self._account)
        if self._tie:
            self._ties.end(self._account, self._tie)
        self._own.close()
        for task in self._tasks:
            task.cancel()


OPS: dict[str, Callable[[Session, Slot, str, Message], None]] = {
    "order.place": Session._place_asked,
    "order.cancel": Session._cancel,
    "order.replace": Session._replace,
    "order.batch": Session._batch,
    "order.cancel_all": special.cancel_all,
    "order.cancel_replace": special.cancel_replace,
    "list.place": special.place_list,
    "list.cancel": special.cancel_list,
    "switch.renew": special.renew_switch,
    "subscribe": Session._subscribe,
    "unsubscribe": Session._unsubscribe,
    "auth": Session._auth,
    "ping": Session._ping,
}


FLOWING = {name for name in OPS if name.startswith(("order.", "list.", "switch."))}
"""What is counted when it enters the flow, with whatever else was read in its turn."""
