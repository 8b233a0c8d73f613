"""A real SMTP server that keeps what it receives, so that the mail of demo and tests can be read."""

import asyncio
import json
import threading
from collections import deque
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MAIL = 256 * 1024
MAX_KEPT = 5000
START_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Bericht:
    """One mail for one recipient. `ontvangen` is ISO 8601 in UTC, `bron` the mail as it came in."""

    id: int
    message_id: str
    aan: str
    van: str
    onderwerp: str
    tekst: str
    ontvangen: str
    bron: str


@dataclass(frozen=True, slots=True)
class Storing:
    """How the server misbehaves. `soort`: "451" (later), "550" (never) or "verbreken" (keep the mail, then hang up).

    `adres` limits it to one recipient, `keer` to so many mails; empty and None mean all.
    """

    soort: str = ""
    adres: str = ""
    keer: int | None = None


SOORTEN = {
    "": "Geen storing",
    "451": "Tijdelijk weigeren (451)",
    "550": "Blijvend weigeren (550)",
    "verbreken": "Verbinding verbreken na ontvangst, zonder antwoord",
}
REFUSALS = {
    "451": "451 4.3.0 Nu even niet, probeer het later",
    "550": "550 5.1.1 Deze postbus bestaat niet",
}


class Postvak:
    """The mailbox and its server. Without `path` it keeps mail in memory only; with it, mail survives a restart."""

    def __init__(self, path: Path | None = None, *, limit: int = MAX_KEPT) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._berichten: deque[Bericht] = deque(self._load(), maxlen=limit)
        self._next_id = max((bericht.id for bericht in self._berichten), default=0) + 1
        self._rewrite()
        self._storing = Storing()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def berichten(self) -> list[Bericht]:
        """All mail, oldest first."""
        with self._lock:
            return list(self._berichten)

    @property
    def storing(self) -> Storing:
        """The fault being played; set it to play another, `Storing()` to stop."""
        return self._storing

    @storing.setter
    def storing(self, storing: Storing) -> None:
        with self._lock:
            self._storing = storing

    def voor(self, aan: str) -> list[Bericht]:
        """Mail for one address, oldest first; upper and lower case are the same, and "" means everybody."""
        return [bericht for bericht in self.berichten if not aan or bericht.aan.lower() == aan.lower()]

    def leeg(self) -> None:
        """Throw all mail away."""
        with self._lock:
            self._berichten.clear()
            self._rewrite()

    def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `port` 0 takes a free one, which `port` then tells. `OSError` when it is in use."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="postvak", daemon=True)
        self._thread.start()
        future = asyncio.run_coroutine_threadsafe(self._listen(host, port), self._loop)
        try:
            self._server = future.result(START_SECONDS)
        except OSError:
            self.stop()
            raise
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Stop listening and hang up; mail stays."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept any recipient, unless a fault says otherwise."""
        if refusal := self._strike(address, REFUSALS):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail; with the fault `verbreken` the sender never hears that it was kept."""
        self._keep(envelope)
        if self._strike(envelope.rcpt_tos[0], {"verbreken": "ja"}):
            raise asyncio.CancelledError  # aiosmtpd closes the connection without a word
        return "250 2.0.0 Ontvangen"

    def _strike(self, address: str, answers: dict[str, str]) -> str:
        """The answer when a fault of these kinds strikes this recipient, else ""; counts down `keer`."""
        with self._lock:
            storing = self._storing
            if storing.soort not in answers or storing.adres.lower() not in {"", address.lower()}:
                return ""
            if storing.keer is not None:
                self._storing = replace(storing, keer=storing.keer - 1) if storing.keer > 1 else Storing()
            return answers[storing.soort]

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        message_id, onderwerp, tekst = read_mail(content)
        with self._lock:
            for aan in envelope.rcpt_tos:
                bericht = Bericht(
                    id=self._next_id,
                    message_id=message_id,
                    aan=aan,
                    van=envelope.mail_from or "",
                    onderwerp=onderwerp,
                    tekst=tekst,
                    ontvangen=datetime.now(UTC).isoformat(timespec="milliseconds"),
                    bron=content.decode("utf-8", "replace"),
                )
                self._next_id += 1
                self._berichten.append(bericht)
                if self._path:
                    with self._path.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(bericht)) + "\n")

    def _load(self) -> list[Bericht]:
        """Mail of an earlier run; a line that was cut off by a kill is left out."""
        berichten = []
        lines = self._path.read_text("utf-8").splitlines() if self._path and self._path.exists() else []
        for line in lines:
            try:
                berichten.append(Bericht(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return berichten

    def _rewrite(self) -> None:
        """Bring the file back to what is kept."""
        if self._path:
            draft = self._path.with_suffix(".nieuw")
            draft.write_text("".join(json.dumps(asdict(bericht)) + "\n" for bericht in self._berichten), "utf-8")
            draft.replace(self._path)

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        def protocol() -> SMTP:
            return SMTP(self, hostname="postvak.example", ident="postvak", data_size_limit=MAX_MAIL, loop=self._loop)

        return await self._loop.create_server(protocol, host, port)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        if self._server:
            self._server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


def read_mail(content: bytes) -> tuple[str, str, str]:
    """Message-ID, subject and plain text of a mail; what cannot be decoded is shown as it came in."""
    try:
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body(("plain", "html"))
        text = str(body.get_content()) if body else ""
        return str(mail["Message-ID"] or "").strip(), str(mail["Subject"] or ""), text.replace("\r\n", "\n")
    except Exception:  # noqa: BLE001  the parser of the standard library raises many kinds on malformed mail
        return "", "(onleesbaar)", content.decode("utf-8", "replace")
