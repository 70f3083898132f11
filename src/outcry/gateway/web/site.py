"""The built pages in memory: each file as it is and packed, with what a browser may keep of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from aiohttp import web

from outcry.gateway.http import Handler
from outcry.gateway.web.headers import page_headers

FOLDER = Path(__file__).parent / "site"
"""Where `python -m tools.web` puts what it builds."""
INDEX = "index.html"
HASHED = "assets/"
"""Files here have a hash in their name, so they never change."""
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
PACKED = (("br", ".br"), ("gzip", ".gz"))
"""Content codings, the best first, and how the files are called that have them."""
PATHS_OF_PAGES = {
    INDEX: ("/", "/trade", "/trade/{market}"),
    "admin.html": ("/admin", "/admin/{part}", "/admin/{part}/{which}"),
}
"""The pages that the trader and the console of staff tell apart by themselves."""
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Outcry</title>
<h1>The web trader is not in this build</h1>
<p>The venue runs, and its API is served: <a href="/docs">/docs</a>.
<p>The trader is built by <code>make web</code>; start the venue again afterwards.
"""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the site; `packed` are its other codings."""

    plain: bytes
    packed: dict[str, bytes]
    kind: str
    tag: str
    cache: str

    def coded(self, accepted: str) -> tuple[str, bytes]:
        """Return (coding, bytes) for an `Accept-Encoding`; no coding is the empty text."""
        wanted = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
        for coding, body in self.packed.items():
            if coding in wanted:
                return coding, body
        return "", self.plain


class Site:
    """Serves the trader, or says that it was not built."""

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or FOLDER
        self._files = dict(_files(folder)) if (folder / INDEX).is_file() else {}

    def routes(self) -> Iterator[tuple[str, Handler]]:
        """Yield (path, what serves it)."""
        if not self._files:
            yield "/", _say_not_built
        for name, file in self._files.items():
            for path in PATHS_OF_PAGES.get(name, (f"/{name}",)):
                yield path, _serving(file)


def _files(folder: Path) -> Iterator[tuple[str, File]]:
    suffixes = tuple(suffix for _, suffix in PACKED)
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.endswith(suffixes):
            continue
        name, plain = path.relative_to(folder).as_posix(), path.read_bytes()
        beside = {coding: path.with_name(path.name + suffix) for coding, suffix in PACKED}
        yield (
            name,
            File(
                plain,
                {coding: other.read_bytes() for coding, other in beside.items() if other.is_file()},
                _kind(name),
                sha256(plain).hexdigest()[:32],
                FOR_EVER if name.startswith(HASHED) else ASK_AGAIN,
            ),
        )


def _kind(name: str) -> str:
    if name.endswith(".webmanifest"):
        return "application/manifest+json"
    kind = "text/javascript" if name.endswith(".js") else guess_type(name)[0]
    kind = kind or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _serving(file: File) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        coding, body = file.coded(request.headers.get("Accept-Encoding", ""))
        tag = f'"{file.tag}{f"-{coding}" if coding else ""}"'
        headers = {
            **page_headers(request),
            "Cache-Control": file.cache,
            "ETag": tag,
            "Vary": "Accept-Encoding",
        }
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = file.kind
        if coding:
            headers["Content-Encoding"] = coding
        return web.Response(body=body, headers=headers)

    return serve


async def _say_not_built(request: web.Request) -> web.Response:
    headers = {**page_headers(request), "Cache-Control": "no-store"}
    headers["Content-Type"] = "text/html; charset=utf-8"
    return web.Response(status=503, body=NOT_BUILT.encode(), headers=headers)
