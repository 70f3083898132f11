"""The refresh token of a browser: in a cookie that no script reads and no other site sends.

A browser asks for that with the header `X-Outcry-Session: cookie`. Another site cannot set this
header without the venue's leave, which it never gives, nor would `SameSite=Strict` send the
cookie along: either alone keeps a forged request out. Programs, which send neither, are answered
as ever, with the refresh token in the answer.
"""

from aiohttp import web

from outcry.gateway.errors import ApiError
from outcry.gateway.limits.origin import SECURE

HEADER = "X-Outcry-Session"
COOKIE_WISH = "cookie"
NAME = "outcry_refresh"
PATH = "/refresh"
"""The only call that the cookie is sent with."""


def wants_cookie(request: web.Request) -> bool:
    """Return whether a request asks for its refresh token in a cookie.

    Raises:
        ApiError: `BAD_VALUE`, the header asks for something else.
    """
    wish = request.headers.get(HEADER)
    if wish is None:
        return False
    if wish != COOKIE_WISH:
        raise ApiError("BAD_VALUE", "cookie is all it can say", field=HEADER, given=wish[:64])
    return True


def kept(request: web.Request) -> str:
    """Return the refresh token that a browser has kept.

    Raises:
        ApiError: `WRONG_CREDENTIALS`, it has none.
    """
    token = request.cookies.get(NAME)
    if not token:
        raise ApiError("WRONG_CREDENTIALS", "this browser has no session", field=NAME)
    return token


def keeping(request: web.Request, answer: tuple[int, str], token: str, age_s: int) -> web.Response:
    """Return an answer with which a browser keeps a refresh token for so long; 0 forgets it."""
    status, text = answer
    response = web.Response(status=status, text=text, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        NAME,
        token,
        max_age=age_s,
        path=PATH,
        secure=request.get(SECURE, False),
        httponly=True,
        samesite="Strict",
    )
    return response
