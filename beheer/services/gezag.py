"""Who the bevoegd gezag is (R01): changed by two persons of DUO staff; a beheerder can only ask for it."""

from datetime import datetime, timedelta
from typing import Final, TypedDict

from django.db import transaction

from accounts.models import Organisatie
from accounts.services.organisaties import change_bevoegd_gezag
from accounts.services.staf import check_staf
from beheer.emails.gezag import GEZAG_GEVRAAGD, GEZAG_GEWEIGERD, GEZAG_NIEUW, GEZAG_OUD
from verantwoording.models import Voorstel
from verantwoording.rules import Actor
from verantwoording.services import AlBesloten, decide, enqueue_bericht, propose

WIJZIGING: Final = "gezag_wijziging"
VRAAG: Final = "gezag_vraag"
BESLUITEN_BINNEN: Final = timedelta(days=14)
VRAAG_GELDIG: Final = timedelta(days=30)


class Gezag(TypedDict):
    """Who speaks for an organisatie."""

    naam: str
    functie: str
    email: str


class AlVoorgesteld(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """Another change waits already; the text says so, in Dutch."""

    def __init__(self) -> None:
        super().__init__("Er wacht al een andere wijziging. Daarover moet eerst worden besloten.")


class Veranderd(ValueError):  # noqa: N818  # a Dutch word
    """What was decided on is not what was shown (D23); the text says so, in Dutch."""

    def __init__(self) -> None:
        super().__init__("Intussen is er iets veranderd. Bekijk opnieuw wat er gebeurt, en beslis dan.")


@transaction.atomic
def ask_gezag(*, organisatie: Organisatie, gezag: Gezag, actor: Actor, now: datetime) -> Voorstel:
    """Ask DUO for another bevoegd gezag, as beheerder (R01). Changes nothing; the present one is told."""
    voorstel = propose(
        soort=VRAAG,
        sleutel=f"{VRAAG}:{organisatie.pk}",
        actor=actor,
        now=now,
        verloopt_op=now + VRAAG_GELDIG,
        organisatie_id=organisatie.pk,
        gegevens={"nieuw": gezag},
    )
    if voorstel.gegevens["nieuw"] != gezag:
        raise AlVoorgesteld
    _mail(GEZAG_GEVRAAGD, voorstel, now)
    return voorstel


@transaction.atomic
def propose_gezag(*, organisatie: Organisatie, gezag: Gezag, actor: Actor, now: datetime) -> Voorstel:
    """Propose another bevoegd gezag, as first of two persons of staff (R01). What a beheerder asked is taken up by it.

    AlVoorgesteld when another change waits; PermissionError for who is no longer staff.
    """
    check_staf(actor)
    asked = open_voorstel(organisatie, VRAAG)
    if asked is not None and asked.is_open(now):
        decide(voorstel=asked, akkoord=True, actor=actor, now=now)
    current = Organisatie.objects.get(pk=organisatie.pk)
    voorstel = propose(
        soort=WIJZIGING,
        sleutel=f"{WIJZIGING}:{organisatie.pk}",
        actor=actor,
        now=now,
        verloopt_op=now + BESLUITEN_BINNEN,
        organisatie_id=organisatie.pk,
        object_id=asked.pk if asked else None,
        gegevens={"oud": gezag_of(current), "nieuw": gezag},
    )
    if voorstel.gegevens["nieuw"] != gezag or voorstel.voorsteller_id != actor.id:
        raise AlVoorgesteld
    return voorstel


@transaction.atomic
def refuse_gezag_vraag(*, organisatie: Organisatie, actor: Actor, now: datetime) -> None:
    """Refuse what a beheerder asked, as one member of staff, with a reason in `actor` that she gets (R01).

    One is enough: nothing changes. Raises, and writes nothing: AlBesloten, PermissionError for who is no longer staff.
    """
    check_staf(actor)
    asked = open_voorstel(organisatie, VRAAG)
    if asked is None:
        raise AlBesloten
    _tell_refused(decide(voorstel=asked, akkoord=False, actor=actor, now=now), asked, now)


@transaction.atomic
def decide_gezag(*, organisatie: Organisatie, akkoord: bool, stand: str, actor: Actor, now: datetime) -> None:
    """Decide on another bevoegd gezag, as second person of staff (R01). The old address is told, and the new one.

    Refused, the beheerder who had asked for it gets the reason. stand: the id of the voorstel that was shown.
    Raises, and writes nothing: AlBesloten, ZelfdePersoon, Veranderd when another one waits by now (D23),
    PermissionError for who is no longer staff.
    """
    check_staf(actor)
    voorstel = open_voorstel(organisatie, WIJZIGING)
    if voorstel is None:
        raise AlBesloten
    if stand != str(voorstel.pk):
        raise Veranderd
    decide(voorstel=voorstel, akkoord=akkoord, actor=actor, now=now)
    if akkoord:
        change_bevoegd_gezag(organisatie=organisatie, actor=actor, now=now, **voorstel.gegevens["nieuw"])
        _mail(GEZAG_OUD, voorstel, now)
        _mail(GEZAG_NIEUW, voorstel, now)
        return
    asked = Voorstel.objects.filter(soort=VRAAG, pk=voorstel.object_id or 0).first()
    if asked is not None:
        _tell_refused(voorstel, asked, now)


def open_voorstel(organisatie: Organisatie, soort: str) -> Voorstel | None:
    """The change, or the request for one, that waits at this organisatie."""
    return Voorstel.objects.filter(sleutel=f"{soort}:{organisatie.pk}", staat=Voorstel.Staat.OPEN).first()


def gezag_of(organisatie: Organisatie) -> Gezag:
    """Who speaks for it now."""
    return Gezag(
        naam=organisatie.bevoegd_gezag_naam,
        functie=organisatie.bevoegd_gezag_functie,
        email=organisatie.bevoegd_gezag_email,
    )


def _tell_refused(refused: Voorstel, asked: Voorstel, now: datetime) -> None:
    """To who asked, and to the bevoegd gezag, who heard that it was asked."""
    _mail(GEZAG_GEWEIGERD, refused, now, account_id=asked.voorsteller_id)
    _mail(GEZAG_GEWEIGERD, refused, now)


def _mail(soort: str, voorstel: Voorstel, now: datetime, account_id: int | None = None) -> None:
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{voorstel.pk}:{account_id}" if account_id else f"{soort}:{voorstel.pk}",
        now=now,
        account_id=account_id,
        organisatie_id=voorstel.organisatie_id,
        object_id=voorstel.pk,
    )
