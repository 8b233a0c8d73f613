"""Registries that upper apps fill in AppConfig.ready: what this app must know of them without importing them.

berichtsoorten: kind of mail → who renders it when it is sent (D17). logzinnen: event → sentence in plain Dutch (R33).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verantwoording.models import Bericht


@dataclass(frozen=True, slots=True)
class Post:
    """A rendered mail: address, subject and plain text. Never logged, never stored.

    kopregels: further headers, such as the one by which a mail program leaves a newsletter.
    """

    aan: str
    onderwerp: str
    tekst: str
    kopregels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Berichtsoort:
    """How a kind of mail is made.

    render gets the Bericht and `now` and returns the mail, or None when it is no longer needed (the row then lapses).
    It may write (an activatiecode is made here); whatever it writes is committed before the mail leaves.
    nieuw_bij_elke_poging: a retry is a new mail with a new Message-ID (activatiecode), not the same one again.
    """

    render: "Callable[[Bericht, datetime], Post | None]"
    nieuw_bij_elke_poging: bool = False


berichtsoorten: dict[str, Berichtsoort] = {}
logzinnen: dict[str, Callable[[Mapping[str, Any]], str]] = {}


def register_berichtsoort(naam: str, soort: Berichtsoort) -> None:
    """Name the renderer of a kind of mail. ValueError when the name is taken."""
    if naam in berichtsoorten:
        message = f"berichtsoort {naam} is registered twice"
        raise ValueError(message)
    berichtsoorten[naam] = soort


def register_logzinnen(zinnen: Mapping[str, str]) -> None:
    """Name the sentences of events; `{...}` fields come from Logregel.gegevens. ValueError when an event is taken."""
    for gebeurtenis, zin in zinnen.items():
        if gebeurtenis in logzinnen:
            message = f"event {gebeurtenis} is registered twice"
            raise ValueError(message)
        logzinnen[gebeurtenis] = zin.format_map
