"""Static files: addresses that change with their content, so that browsers may keep them for a month; compressed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers


@cache
def fingerprint(name: str) -> str:
    """Eight hex digits of the SHA-256 of a static file, empty where there is no such file."""
    found = finders.find(name)
    return sha256(Path(found).read_bytes()).hexdigest()[:8] if isinstance(found, str) else ""


class Fingerprinted(StaticFilesStorage):
    """``/static/web/shell.css?v=1a2b3c4d``: the files stay where their packages have them."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        digits = fingerprint(name or "")
        return f"{address}?v={digits}" if digits else address


@lru_cache(maxsize=128)
def _squeezed(address: str, body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


class Compressed:
    """Middleware: scripts and styles go compressed to browsers that take it, a third of their size on a poor line.

    Pages are not: they hold secrets beside what somebody may choose (BREACH).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(settings.STATIC_URL) or response.status_code != 200:
            return response
        kind = response.headers.get("Content-Type", "")
        if not kind.startswith("text/") and "javascript" not in kind and "svg" not in kind:
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if request.method != "GET" or "gzip" not in request.headers.get("Accept-Encoding", ""):
            return response
        if not isinstance(response, StreamingHttpResponse) or "Content-Encoding" in response.headers:
            return response
        small = _squeezed(request.get_full_path(), b"".join(response.streaming_content))  # type: ignore[arg-type]
        response.close()
        headers = {k: v for k, v in response.headers.items() if k not in ("Content-Length", "Accept-Ranges", "ETag")}
        return HttpResponse(small, headers={**headers, "Content-Encoding": "gzip"})
