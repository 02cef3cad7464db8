"""Local servers that answer as told, in bytes, so that they can misbehave."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Server:
    """A server on a free port; `requests` is what arrived, as it arrived."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/secret-path"


Answer = Callable[[socket.socket, int], None]


def answers(*texts: bytes) -> Answer:
    """Each connection gets the next answer, the last one for ever."""
    return lambda connection, number: connection.sendall(texts[min(number, len(texts) - 1)])


def drips(connection: socket.socket, number: int) -> None:
    """A header line that never ends, a byte now and then."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        connection.sendall(b"a")
        time.sleep(0.02)


def hangs(connection: socket.socket, number: int) -> None:
    """Nothing, until the other side has had enough."""
    connection.settimeout(120)
    connection.recv(1)


def reply(status: int, body: bytes = b"ok", *headers: bytes) -> bytes:
    """A whole answer."""
    lines = [b"HTTP/1.1 %d X" % status, b"content-length: %d" % len(body), b"connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    """A server that reads one request a connection and then answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(listening.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listening, server, answer), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=120)


def _serve(listening: socket.socket, server: Server, answer: Answer) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            try:
                number = len(server.requests)
                server.requests.append(_request(connection))
                answer(connection, number)
            except OSError:
                continue


def _request(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        read += _more(connection)
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    if not received:
        raise ConnectionError("the other side went away before it had asked")
    return received
