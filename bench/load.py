"""The visitor: raw sockets with keep-alive, because a client that costs little hides little of the server's cost."""

import re
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
TIMEOUT = 60.0  # seconds
CSRF = "c" * 32  # a visitor chooses his own CSRF secret: the cookie and the field only have to be the same


@dataclass(frozen=True, slots=True)
class Site:
    """Where the portal listens, and the origin that a proxy with TLS shows to the world."""

    port: int
    origin: str

    def get(self, path: str, session: str) -> bytes:
        """A request as the proxy passes it on, for the browser that holds this session."""
        return self._head("GET", path, session) + b"\r\n"

    def post(self, path: str, session: str, fields: dict[str, str]) -> bytes:
        """A form, posted from a page of ours."""
        body = urlencode({"csrfmiddlewaretoken": CSRF} | fields).encode()
        head = self._head("POST", path, session)
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        return head + kind.encode() + body

    def connect(self) -> socket.socket:
        """A connection of which nothing is held back to be sent later."""
        connection = socket.create_connection(("127.0.0.1", self.port), TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _head(self, method: str, path: str, session: str) -> bytes:
        lines = (
            f"{method} {path} HTTP/1.1",
            f"Host: {self.origin.removeprefix('https://')}",
            f"Origin: {self.origin}",
            "X-Forwarded-Proto: https",
            "X-Forwarded-For: 192.0.2.1",
            f"Cookie: __Host-sessie={session}; __Host-csrf={CSRF}",
        )
        return "".join(f"{line}\r\n" for line in lines).encode()


def exchange(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Send a request and read the whole answer: its status and what came in. Raises OSError when it breaks off."""
    connection.sendall(request)
    answer = bytearray()
    end = -1
    while end < 0 or len(answer) < end:
        part = connection.recv(65536)
        if not part:
            raise ConnectionResetError("the server hung up in the middle of an answer")
        answer += part
        if end < 0 and (head := answer.find(b"\r\n\r\n")) >= 0:
            length = CONTENT_LENGTH.search(answer, 0, head + 2)
            end = head + 4 + (int(length[1]) if length else 0)
    return int(answer[9:12]), bytes(answer)


def rate(site: Site, requests: Sequence[bytes], *, seconds: float, connections: int = 8) -> float:
    """Pages a second when each connection asks for the next page as soon as it has one; the requests rotate.

    Raises RuntimeError for an answer other than 200.
    """
    stop_at = time.perf_counter() + seconds

    def visit(first: int) -> int:
        done = 0
        with site.connect() as connection:
            while time.perf_counter() < stop_at:
                status, _ = exchange(connection, requests[(first + done * connections) % len(requests)])
                if status != HTTPStatus.OK:
                    raise RuntimeError(f"a page that is measured answered {status}")
                done += 1
        return done

    begin = time.perf_counter()
    with ThreadPoolExecutor(connections) as visitors:
        total = sum(visitors.map(visit, range(connections)))
    return total / (time.perf_counter() - begin)


def burst(site: Site, requests: Sequence[bytes]) -> tuple[list[float], list[int]]:
    """Send all requests at once, each over a connection of its own. Returns how long each took (s) and its status."""
    together = threading.Barrier(len(requests))

    def visit(request: bytes) -> tuple[float, int]:
        together.wait(TIMEOUT)
        begin = time.perf_counter()
        with site.connect() as connection:
            status, _ = exchange(connection, request)
        return time.perf_counter() - begin, status

    with ThreadPoolExecutor(len(requests)) as visitors:
        answers = list(visitors.map(visit, requests))
    return [seconds for seconds, _ in answers], [status for _, status in answers]
