"""The viewer's server: a catalog over HTTP, on the loopback address.

Only what is named is served: the signals of the catalog by their numbers, their originals, and the
viewer's own files. No path of a request reaches the file system.
"""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from inrcodec.codecs.grid import pretrained as of_grids
from inrcodec.codecs.pixels import pretrained as of_samples
from inrcodec.errors import InrError
from inrcodec.limits import Limits
from inrcodec.viewer.catalog import Catalog
from inrcodec.viewer.rendering import Renderings, Wave

__all__ = ["LOOPBACK", "ViewerServer"]

LOOPBACK = "127.0.0.1"
_HOSTS = (LOOPBACK, "localhost")
# Bytes that are sent at a time, and seconds that a connection may do nothing.
_PIECE = 1 << 16
_IDLE = 30
# What browsers show as it is.
_SHOWN = {".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".npz": "application/octet-stream",
    ".wasm": "application/wasm",
}
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)

Query = dict[str, list[str]]


@dataclass(frozen=True)
class _Reply:
    """An answer of `size` bytes, any part of which can be read; `tag` changes when they do."""

    kind: str
    size: int
    read: Callable[[int, int], Iterator[bytes]]
    tag: str = ""

    @classmethod
    def of(cls, data: bytes, kind: str) -> _Reply:
        """Answer with bytes."""
        return cls(kind, len(data), lambda start, stop: iter([data[start:stop]]))

    @classmethod
    def of_json(cls, value: Any) -> _Reply:
        """Answer with plain values."""
        return cls.of(json.dumps(value).encode(), "application/json")

    @classmethod
    def of_file(cls, path: Path, kind: str) -> _Reply:
        """Answer with a file as it is."""

        def read(start: int, stop: int) -> Iterator[bytes]:
            with path.open("rb") as stream:
                stream.seek(start)
                while start < stop:
                    piece = stream.read(min(_PIECE, stop - start))
                    if not piece:
                        return
                    start += len(piece)
                    yield piece

        status = path.stat()
        return cls(kind, status.st_size, read, f'"{status.st_mtime_ns:x}-{status.st_size:x}"')


class ViewerServer(ThreadingHTTPServer):
    """Serves a catalog on a port of the loopback address; 0 is any that is free."""

    daemon_threads = True

    def __init__(self, catalog: Catalog, port: int = 0, limits: Limits | None = None) -> None:
        self.catalog = catalog
        self.renderings = Renderings(catalog, limits or Limits())
        # Text, styles and modules by their paths.
        self.own = _own_files()
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nobody is told where a browser goes away."""


def _own_files() -> dict[str, bytes]:
    """Return the viewer's files by the paths that they are served at."""
    package, found = files("inrcodec.viewer"), {}
    for folder, prefix in (("page", ""), ("web", "viewer/")):
        for entry in package.joinpath(folder).iterdir():
            if Path(entry.name).suffix in _TYPES:
                found[f"/{prefix}{entry.name}"] = entry.read_bytes()
    found["/"] = found["/index.html"]
    for kind, models in (("grid", of_grids), ("pixels", of_samples)):
        found[f"/viewer/{kind}-{models.CURRENT}.npz"] = models.MODELS[models.CURRENT].read()
    return found


@dataclass
class _Routes:
    """The functions that answer paths with numbers."""

    found: list[tuple[re.Pattern[str], Callable[..., _Reply]]] = field(default_factory=list)

    def add(self, pattern: str) -> Callable[[Callable[..., _Reply]], Callable[..., _Reply]]:
        """Let a function answer the paths of a pattern, the numbers in which it is given."""

        def register(function: Callable[..., _Reply]) -> Callable[..., _Reply]:
            self.found.append((re.compile(pattern), function))
            return function

        return register


_ROUTES = _Routes()


@_ROUTES.add("/catalog")
def _catalog(server: ViewerServer, _: Query) -> _Reply:
    shown = [one.described() for one in server.catalog.shown]
    errors = {Path(path).name: str(error) for path, error in server.catalog.errors.items()}
    return _Reply.of_json({"signals": shown, "errors": errors})


@_ROUTES.add("/files/([0-9]{1,9})")
def _file(server: ViewerServer, _: Query, number: int) -> _Reply:
    return _Reply.of_file(server.catalog.files[number], "application/octet-stream")


@_ROUTES.add("/signals/([0-9]{1,9})/tile")
def _tile(server: ViewerServer, query: Query, number: int) -> _Reply:
    if "size" in query:
        width, height = server.renderings.size(number)
        return _Reply.of_json({"width": width, "height": height})
    place = (int(query[name][0]) for name in ("scale", "row", "column"))
    return _Reply.of(server.renderings.tile(number, *place), "image/png")


@_ROUTES.add("/signals/([0-9]{1,9})/thumbnail")
def _thumbnail(server: ViewerServer, _: Query, number: int) -> _Reply:
    return _Reply.of(server.renderings.thumbnail(number), "image/png")


@_ROUTES.add("/signals/([0-9]{1,9})/quality")
def _quality(server: ViewerServer, _: Query, number: int) -> _Reply:
    return _Reply.of_json(server.renderings.quality(number))


@_ROUTES.add("/signals/([0-9]{1,9})/audio.wav")
def _audio(server: ViewerServer, _: Query, number: int) -> _Reply:
    wave = Wave(server.renderings, number)
    return _Reply("audio/wav", wave.size, wave.read)


@_ROUTES.add("/signals/([0-9]{1,9})/original")
def _original(server: ViewerServer, _: Query, number: int) -> _Reply:
    path = server.catalog.shown[number].original
    if path is None:
        raise IndexError(number)
    is_audio = server.catalog.shown[number].fields["kind"] == "audio"
    if is_audio or path.suffix.lower() in _SHOWN:
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return _Reply.of_file(path, kind)
    return _Reply.of(server.renderings.original(path), "image/png")


class _Handler(BaseHTTPRequestHandler):
    """Answers a browser's requests."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    server: ViewerServer

    def do_GET(self) -> None:
        """Answer with what a path leads to, or a part of it."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with headers alone."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not told of."""

    def _answer(self, with_body: bool) -> None:
        # A page of another site, whose name leads here, is told nothing.
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in _HOSTS:
            self._refuse(HTTPStatus.FORBIDDEN, "not a name of this machine")
            return
        try:
            reply = self._found()
        except InrError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        except (LookupError, OSError, ValueError):
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        else:
            self._send(reply, with_body)

    def _found(self) -> _Reply:
        address = urlsplit(self.path)
        if address.path in self.server.own:
            kind = _TYPES[Path(address.path).suffix or ".html"]
            return _Reply.of(self.server.own[address.path], kind)
        query = parse_qs(address.query, keep_blank_values=True)
        for pattern, function in _ROUTES.found:
            match = pattern.fullmatch(address.path)
            if match:
                return function(self.server, query, *map(int, match.groups()))
        raise LookupError(address.path)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        data = message.encode()
        self.send_response(status)
        self._headers("text/plain; charset=utf-8", len(data))
        if self.command != "HEAD":
            self.wfile.write(data)

    def _headers(self, kind: str, length: int) -> None:
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(length),
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, reply: _Reply, with_body: bool) -> None:
        span = _range_of(self.headers.get("Range", ""), reply.size)
        if span is None:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{reply.size}")
            self._headers(reply.kind, 0)
            return
        start, stop, is_part = span
        self.send_response(HTTPStatus.PARTIAL_CONTENT if is_part else HTTPStatus.OK)
        if is_part:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{reply.size}")
        self.send_header("Accept-Ranges", "bytes")
        if reply.tag:
            self.send_header("ETag", reply.tag)
        self._headers(reply.kind, stop - start)
        if not with_body:
            return
        sent = 0
        for piece in reply.read(start, stop):
            self.wfile.write(piece)
            sent += len(piece)
        # A file that has become shorter since leaves a reply that cannot be completed.
        self.close_connection = self.close_connection or sent != stop - start


def _range_of(header: str, size: int) -> tuple[int, int, bool] | None:
    """Return start and stop of a range, and whether it is one; None where it lies beyond the end.
    What is no single range of bytes is ignored."""
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", header.strip())
    if match is None or match.groups() == ("", ""):
        return 0, size, False
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size, True
    start, stop = int(first), min(size, int(last) + 1) if last else size
    return (start, stop, True) if start < stop else None
