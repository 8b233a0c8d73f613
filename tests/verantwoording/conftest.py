from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from pytest_django import Settings

from buitenwereld.postvak import Postvak
from tests.factories import NOW
from verantwoording.haken import Berichtsoort, Post, berichtsoorten, register_berichtsoort
from verantwoording.models import Bericht
from verantwoording.services import enqueue_bericht

AAN = "geheim.adres@regenboog.example"


@pytest.fixture
def postvak(settings: Settings) -> Iterator[Postvak]:
    """A real SMTP server, and the portal set to use it."""
    postvak = Postvak()
    postvak.start()
    use_smtp(settings, postvak.port)
    yield postvak
    postvak.stop()


def use_smtp(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port


def write_post(bericht: Bericht, now: datetime) -> Post | None:
    """What the test's kind of mail says: the address stands in the row, as it would in an account."""
    return Post(
        aan=bericht.gegevens.get("aan", AAN),
        onderwerp=bericht.gegevens.get("onderwerp", "Eén bericht"),
        tekst="Beste Renée,\n\nDit is een proef.\n",
    )


@pytest.fixture
def soort() -> Iterator[Callable[..., str]]:
    """Registers a kind of mail for the time of the test; gives its name."""
    names: list[str] = []

    def _register(
        render: Callable[[Bericht, datetime], Post | None] = write_post, *, nieuw_bij_elke_poging: bool = False
    ) -> str:
        names.append(f"proef{len(names)}")
        register_berichtsoort(names[-1], Berichtsoort(render, nieuw_bij_elke_poging))
        return names[-1]

    yield _register
    for name in names:
        del berichtsoorten[name]


@pytest.fixture
def enqueue(soort: Callable[..., str]) -> Callable[..., Bericht]:
    """Puts a mail of the test's kind in the outbox."""
    keys = iter(range(1000))
    proef = soort()

    def _enqueue(
        naam: str = proef, prioriteit: Bericht.Prioriteit = Bericht.Prioriteit.GEWOON, **gegevens: str
    ) -> Bericht:
        return enqueue_bericht(
            soort=naam, sleutel=f"{naam}:{next(keys)}", now=NOW, gegevens=gegevens, prioriteit=prioriteit
        )

    return _enqueue
