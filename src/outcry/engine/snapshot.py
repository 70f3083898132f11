"""Reading the definitions out of a canonical snapshot, whichever core wrote it."""

from struct import Struct

from outcry.domain.market import Asset, FeeAsset, Market, MarketState

_WORD = Struct("<q")
_ASSET = Struct("<qqq16sqqqqq")
_ACCOUNT = Struct("<qqqqq")
_MARKET = Struct("<q32s" + "q" * 24)
_BALANCE_SIZE = 3 * 8
_ORDER_SIZE = 9 * 8
_HEADER_SIZE = 7 * 8


def definitions(snapshot: bytes) -> tuple[list[Asset], list[Market]]:
    """Return the assets and markets of a canonical snapshot, each by id."""
    offset = _HEADER_SIZE
    count, offset = _count(snapshot, offset)
    assets = []
    for _ in range(count):
        fields = _ASSET.unpack_from(snapshot, offset)
        assets.append(Asset(fields[0], _text(fields[3]), fields[1], fields[2]))
        offset += _ASSET.size
    count, offset = _count(snapshot, offset)
    for _ in range(count):
        balances = _ACCOUNT.unpack_from(snapshot, offset)[4]
        offset += _ACCOUNT.size + balances * _BALANCE_SIZE
    count, offset = _count(snapshot, offset)
    markets = []
    for _ in range(count):
        markets.append(_market(_MARKET.unpack_from(snapshot, offset)))
        offset += _MARKET.size
        for _side in range(2):
            orders, offset = _count(snapshot, offset)
            offset += orders * _ORDER_SIZE
    return assets, markets


def last_account(snapshot: bytes) -> int:
    """Return the highest account that a canonical snapshot knows; 0 where there is none."""
    offset = _HEADER_SIZE
    count, offset = _count(snapshot, offset)
    count, offset = _count(snapshot, offset + count * _ASSET.size)
    account = 0
    for _ in range(count):
        account, _, _, _, balances = _ACCOUNT.unpack_from(snapshot, offset)
        offset += _ACCOUNT.size + balances * _BALANCE_SIZE
    return account


def _count(snapshot: bytes, offset: int) -> tuple[int, int]:
    return _WORD.unpack_from(snapshot, offset)[0], offset + _WORD.size


def _text(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("ascii")


def _market(f: tuple[int, ...]) -> Market:
    return Market(
        market=f[0],
        symbol=_text(bytes(f[1])),
        base=f[2],
        quote=f[3],
        tick_mantissa=f[4],
        tick_decimals=f[5],
        fee_asset=FeeAsset(f[6]),
        allow_self_trade=bool(f[7]),
        lot_units=f[8],
        min_lots=f[9],
        max_lots=f[10],
        market_max_lots=f[11],
        min_notional_units=f[12],
        max_notional_units=f[13],
        tick_value_units=f[17],
        version=f[18],
        state=MarketState(f[19]),
        maker_ppm=f[20],
        taker_ppm=f[21],
        auction_ppm=f[22],
    )
