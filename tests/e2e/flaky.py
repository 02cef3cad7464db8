"""A proxy that answers every third request 503: before passing it on, or, worse, after."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tests.e2e.conftest import ANSWER_WITHIN_S


class Flaky(ThreadingHTTPServer):
    """Forwards POSTs to `target`; counts what it refused; keeps, in `stored`, what its sender was told to be safe."""

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.seen = self.refused_before = self.refused_after = 0
        self.lock = threading.Lock()
        self.stored: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def turn(self) -> int:
        """Which request this is, from 1."""
        with self.lock:
            self.seen += 1
            return self.seen


class _Handler(BaseHTTPRequestHandler):
    server: Flaky
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        turn = self.server.turn()
        if turn % 6 == 3:
            self.server.refused_before += 1
            self._answer(503, b"")
            return
        status, answer = self._forward(body)
        if turn % 6 == 0:
            self.server.refused_after += 1
            status, answer = 503, b""
        elif status < 300:
            self.server.stored.append(body)
        self._answer(status, answer)

    def _forward(self, body: bytes) -> tuple[int, bytes]:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        try:
            with urlopen(Request(self.server.target + self.path, body, headers), timeout=ANSWER_WITHIN_S) as answer:
                return answer.status, answer.read()
        except HTTPError as refused:
            return refused.code, refused.read()
        except (URLError, ConnectionError):
            return 503, b""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: a test's output is its result."""


@contextmanager
def flaky_proxy(target: str) -> Iterator[Flaky]:
    """The proxy, in a thread, until the end of the block."""
    server = Flaky(target)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
