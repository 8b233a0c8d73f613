import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import parse_qs

import pytest

from bench.load import CSRF, Site, exchange

SITE = Site(0, "https://mijnduo.example")


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection: the visitor's end and the server's."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        yield ours, theirs


def answer_in_parts(server: socket.socket, *parts: bytes) -> None:
    server.recv(65536)
    for part in parts:
        server.sendall(part)


def test_an_answer_that_comes_in_parts_is_read_to_its_end(line: tuple[socket.socket, socket.socket]) -> None:
    visitor, server = line
    parts = b"HTTP/1.1 429 Too Many Requests\r\nContent-", b"Length: 6\r\n\r\nabc", b"def"
    thread = threading.Thread(target=answer_in_parts, args=(server, *parts))
    thread.start()
    status, answer = exchange(visitor, SITE.get("/overzicht/", "sleutel"))
    thread.join()
    assert (status, answer[-6:]) == (429, b"abcdef")


def test_an_answer_that_breaks_off_is_an_error(line: tuple[socket.socket, socket.socket]) -> None:
    visitor, server = line
    server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
    server.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionResetError):
        exchange(visitor, SITE.get("/overzicht/", "sleutel"))


def test_a_form_carries_its_session_and_the_same_csrf_secret_twice() -> None:
    head, body = SITE.post("/koppelen/gegevens/", "sleutel", {"gebruikersnaam": "MD 1"}).split(b"\r\n\r\n")
    assert f"Cookie: __Host-sessie=sleutel; __Host-csrf={CSRF}\r\n".encode() in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert parse_qs(body.decode()) == {"csrfmiddlewaretoken": [CSRF], "gebruikersnaam": ["MD 1"]}
