"""What every page says of itself, so that a browser allows little."""

from aiohttp import web

from outcry.gateway.limits.origin import SECURE

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style, nothing of other hosts, in nobody's frame."""
HSTS = "max-age=63072000; includeSubDomains"
"""Two years of TLS only; said over TLS only, where a browser heeds it (RFC 6797, 7.2)."""
FIXED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_headers(request: web.Request) -> dict[str, str]:
    """Return the headers of a page as an answer to this request."""
    if request.get(SECURE, False):
        return FIXED | {"Strict-Transport-Security": HSTS}
    return FIXED
