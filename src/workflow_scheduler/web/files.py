"""The built web interface: a fixed list of files. No text of a request ever becomes part of a path."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cached_property
from pathlib import Path

from starlette.responses import Response

from workflow_scheduler.domain.quick_dataclass import dataclass

from .compression import gzipped

__all__ = ["FOLDER", "StaticFiles"]

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
_TYPES |= {".map": "application/json", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True)
class _File:
    body: bytes
    kind: str
    tag: str
    caching: str

    def response(self, *, gzip: bool) -> Response:
        headers = {"etag": f'"{self.tag}"', "cache-control": self.caching, "vary": "accept-encoding"}
        if not gzip or self._gzipped is None:
            return Response(self.body, headers=headers, media_type=self.kind)
        headers |= {"etag": f'"{self.tag}-gzip"', "content-encoding": "gzip"}
        return Response(self._gzipped, headers=headers, media_type=self.kind)

    @cached_property
    def _gzipped(self) -> bytes | None:
        """Made when somebody first asks for it; None if it would save little, as with fonts."""
        smaller = gzipped(self.body)
        return smaller if len(smaller) < 0.9 * len(self.body) else None


class StaticFiles:
    """The files below a folder, by URL path."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: dict[str, _File] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                self._files[f"/{path.relative_to(folder).as_posix()}"] = _read(path)
        if "/index.html" in self._files:
            self._files["/"] = self._files["/index.html"]

    def find(self, path: str) -> _File | None:
        return self._files.get(path)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    # Vite writes a hash of the content into the names below assets: what such a name holds never changes.
    caching = "public, max-age=31536000, immutable" if path.parent.name == "assets" else "no-cache"
    return _File(body, kind, hashlib.sha256(body).hexdigest()[:32], caching)
