"""The form for a beheerder as the bevoegd gezag fills it in, and the mails that follow."""

import re
from datetime import datetime
from typing import Any, Final

from accounts.models import Organisatie
from autorisatie.models import Beheerdersrol
from beheer.models import Aanvraag
from beheer.services.aanvragen import Formulier, Uitkomst, answer_aanvraag, enter_aanvraag, submit_aanvraag
from tests.factories import KVK, NOW, make_beheerdersrol, make_soort
from verantwoording.haken import Post, berichtsoorten
from verantwoording.models import Bericht
from verantwoording.rules import Actor


def make_formulier(organisatie: Organisatie | None = None, **kwargs: Any) -> Formulier:
    values: dict[str, Any] = {
        "soort": "aanmelden",
        "organisatie_naam": "Stichting De Regenboog",
        "code_soort": organisatie.code_soort if organisatie else "bestuursnummer",
        "code": organisatie.code if organisatie else "99999",
        "kvk_nummer": organisatie.kvk_nummer if organisatie else KVK,
        "gezag_naam": "M. Bestuur",
        "gezag_functie": "voorzitter",
        "gezag_email": "ingevuld@regenboog.example",
        "voornaam": "Noor",
        "tussenvoegsel": "",
        "achternaam": "Smit",
        "email": "noor@regenboog.example",
        "telefoon": "",
        "functie": "",
        "werkgever": "",
        "nood_tot": None,
        "opvolger_van": "",
        "toelichting": "",
    }
    return Formulier(**{**values, **kwargs})  # type: ignore[typeddict-item]  # the keys are its own


JOLANDA: Final[dict[str, Any]] = {"voornaam": "Jolanda", "tussenvoegsel": "de", "achternaam": "Vries"}
"""The name of who `make_beheerder` makes, as a form about her has it."""


def full_rol() -> Beheerdersrol:
    rol = make_beheerdersrol()
    rol.soorten.add(make_soort())
    return rol


def submit(organisatie: Organisatie | None = None, *, now: datetime = NOW, **kwargs: Any) -> Aanvraag:
    return submit_aanvraag(formulier=make_formulier(organisatie, **kwargs), beheerdersrollen=[full_rol()], now=now)


def confirm(aanvraag: Aanvraag, *, akkoord: bool = True, now: datetime = NOW) -> Uitkomst:
    return answer_aanvraag(token=token_of(aanvraag), akkoord=akkoord, adres="192.0.2.7", now=now)


def enter(organisatie: Organisatie, actor: Actor, **kwargs: Any) -> Aanvraag:
    return enter_aanvraag(
        organisatie=organisatie,
        formulier=make_formulier(organisatie, **kwargs),
        beheerdersrollen=[full_rol()],
        actor=actor,
        now=NOW,
    )


def mail_of(soort: str, object_id: int, now: datetime = NOW) -> Post:
    bericht = Bericht.objects.get(soort=soort, object_id=object_id)
    post = berichtsoorten[soort].render(bericht, now)
    assert post is not None
    return post


def token_of(aanvraag: Aanvraag, now: datetime = NOW) -> str:
    """The signed part of the link in the mail to the bevoegd gezag."""
    found = re.search(r"/bevestigen/([^/\s]+)/", mail_of("aanvraag_bevestigen", aanvraag.pk, now).tekst)
    assert found is not None
    return found[1]
