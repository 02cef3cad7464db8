"""A local server that records what is posted to it, and answers as it is told."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.harness import Port
from inframind.identity import SeriesId
from inframind.ingestion.decompression import snappy_decompressed
from inframind.ingestion.remote_write import read
from inframind.ingestion.samples import Tally
from inframind.ingestion.series_cache import SeriesCache

Sample = tuple[SeriesId, int, float]


@dataclass(frozen=True)
class Answer:
    """A status, and headers beside it."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Posted:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        """Its body as JSON."""
        return json.loads(self.body)

    @property
    def samples(self) -> list[Sample]:
        """Its body as the platform's own door reads remote write: series, time, value."""
        cache, tally = SeriesCache(), Tally()
        found = read(snappy_decompressed(self.body), 1, cache, tally).samples
        assert tally.rejected == 0, tally.faults
        names = [cache.names[number] for number in found.series]
        series = [SeriesId.from_bytes(name.resource, name.key) for name in names]
        numbered = [one for one, count in zip(series, found.counts, strict=True) for _ in range(count)]
        return list(zip(numbered, found.times_ms.tolist(), found.values.tolist(), strict=True))


class Recorder:
    """Listens on a free port of the loopback. `answer` decides each answer; by default everything is taken."""

    def __init__(self, context: ssl.SSLContext | None = None, port: Port | None = None) -> None:
        self.requests: list[Posted] = []
        self.answer: Callable[[int], Answer] = lambda number: Answer()
        self.reserved = port or Port()
        self._noting, self._closed = threading.Lock(), False
        self._server = ThreadingHTTPServer(("127.0.0.1", self.reserved.number), self._handler())
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._clients: list[socket.socket] = []
        self._scheme = "https" if context else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, for `platform.url`."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[Posted]:
        """The requests that were answered with 2xx."""
        return [one for one in list(self.requests) if one.status < 300]

    def samples(self) -> list[Sample]:
        """Every sample of remote write that was taken."""
        writes = [one for one in self.taken if one.path.endswith("/write")]
        return [sample for one in writes for sample in one.samples]

    def times(self, metric: str) -> list[int]:
        """The times of the samples of one metric, in the order they came."""
        return [time for series, time, _ in self.samples() if series.metric == metric]

    def close(self) -> None:
        """Stops listening, and hangs up on everyone; what is noted down by then has been answered.

        The port stays reserved: nobody else listens there before another recorder does, or at all.
        """
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self._noting:
            self._closed = True
            for client in self._clients:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                recorder._clients.append(self.connection)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = recorder.answer(len(recorder.requests))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with recorder._noting:
                    if recorder._closed:
                        return
                    recorder.requests.append(Posted(self.path, headers, body, answer.status))
                    self._say(answer)

            def _say(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler
