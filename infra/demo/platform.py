"""The running platform as the demonstration sees it: where it is, and how it is asked."""

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from infra.local.settings import Refused, read_settings

PATIENCE_S = 240  # for what is waited for: a machine that does something else may be ten times slower than usual


class Platform:
    """The platform over HTTP."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """The decoded answer of a GET, or of a POST when there is a body; None where there is none.

        What is temporarily unavailable is asked again, as every sender should.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = Request(self.url + path, data, headers | {"Idempotency-Key": secrets.token_hex(8)}, method=method)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urlopen(request, timeout=PATIENCE_S) as answer:
                    text = answer.read()
                return json.loads(text) if text else None
            except HTTPError as refused:
                if refused.code != 503 or time.monotonic() > deadline:
                    raise
                time.sleep(float(refused.headers.get("Retry-After", 1)))

    def pages(self, path: str) -> Iterator[Any]:
        """The items of every page of a list; `path` has a query already."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.call(f"{path}&cursor={cursor}" if cursor else path)
            yield from page["items"]
            cursor = page["cursor"]

    def knows(self, resource: str) -> bool:
        """Whether a resource has ever sent samples."""
        try:
            self.call(f"/api/v1/sla/{resource}/status")
        except HTTPError as refused:
            if refused.code == 404:
                return False
            raise
        return True


def on_the_running_one(environ: dict[str, str], show: Callable[[Platform], int]) -> int:
    """What `show` returns of the platform that runs; tells what is the matter, and is not 0, where there is none."""
    try:
        platform = running(environ)
    except Refused as refused:
        print(f"inframind: {refused}", file=sys.stderr)
        return refused.status
    try:
        return show(platform)
    except HTTPError as refused:
        print(why(platform, refused), file=sys.stderr)
    except URLError:
        print(f"Nothing answers at {platform.url}. Start it with 'make run' in another terminal.", file=sys.stderr)
    return 1


def running(environ: dict[str, str]) -> Platform:
    """The platform on `PORT`; without that, the one which runs on `DATA_DIR`. Raises `Refused` as `make run` does."""
    settings = read_settings(environ)
    known = None if environ.get("PORT") else settings.run_url()
    return Platform(known or f"http://localhost:{settings.port}", settings.key or _kept_key(settings.key_file))


def why(platform: Platform, refused: HTTPError) -> str:
    """One line: what the platform answered, and where the key is chosen when it was that."""
    text = refused.read().decode(errors="replace")
    try:
        said = str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        said = text[:300]
    if refused.code == 401:
        return f"{platform.url} does not know this key. Say the INFRAMIND_API_KEY, or the DATA_DIR, of 'make run'."
    return f"{platform.url} refused: {refused.code} {said}"


def _kept_key(file: Path) -> str:
    return file.read_text().strip() if file.is_file() else ""
