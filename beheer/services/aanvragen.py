"""Becoming a beheerder (R01, R03): the application, its confirmation by the bevoegd gezag, and the decision of DUO."""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, TypedDict

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, Organisatie
from accounts.services.accounts import end_beheerderschap
from accounts.services.staf import check_staf
from autorisatie.models import Beheerdersrol
from autorisatie.services import set_bevoegdheden
from beheer.emails.aanvraag import AANVRAAG_BESLOTEN, AANVRAAG_BEVESTIGEN, address_of, mark_gezag, read_token
from beheer.models import Aanvraag
from beheer.rules.aanvragen import (
    BESLOTEN_BEWAARD,
    BESLUITEN_BINNEN,
    BEVESTIGEN_BINNEN,
    MAILS_PER_DAG,
    ONBEVESTIGD_BEWAARD,
    make_referentie,
)
from beheer.rules.signalen import Persoon, same_person
from beheer.services.gebruikers import Gegevens
from beheer.services.staf import register_beheerder
from verantwoording.models import Logregel, Taakrun, Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import AlBesloten, decide, enqueue_bericht, propose, taakrun, write_logregel

VOORSTEL: Final = "aanvraag"
PERSOON: Final = ("voornaam", "tussenvoegsel", "achternaam", "email", "telefoon", "functie", "werkgever")
Staat = Aanvraag.Staat


class Formulier(TypedDict):
    """What the form asks besides the beheerdersrollen."""

    soort: str
    organisatie_naam: str
    code_soort: str
    code: str
    kvk_nummer: str
    gezag_naam: str
    gezag_functie: str
    gezag_email: str
    voornaam: str
    tussenvoegsel: str
    achternaam: str
    email: str
    telefoon: str
    functie: str
    werkgever: str
    nood_tot: date | None
    opvolger_van: str
    toelichting: str


class AanvraagKanNiet(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """An application cannot be carried out as it stands; the text says what to do first, in Dutch. Nothing written."""


class Uitkomst(StrEnum):
    """What came of the link in the mail to the bevoegd gezag."""

    BEVESTIGD = "bevestigd"
    TEGENGEHOUDEN = "tegengehouden"
    AL_BEANTWOORD = "al_beantwoord"
    VERLOPEN = "verlopen"
    ONBEKEND = "onbekend"


@transaction.atomic
def submit_aanvraag(*, formulier: Formulier, beheerdersrollen: Sequence[Beheerdersrol], now: datetime) -> Aanvraag:
    """Keep a form that a visitor filled in, and ask the bevoegd gezag to confirm it (R01).

    The mail goes to the address on record when the codes are those of an organisatie that we know, else to the address
    that was filled in; what the visitor gets back is the same. At most MAILS_PER_DAG go to one bevoegd gezag in a day.
    """
    organisatie = find_organisatie(
        code_soort=formulier["code_soort"], code=formulier["code"], kvk_nummer=formulier["kvk_nummer"]
    )
    aanvraag = _create(
        formulier,
        beheerdersrollen,
        organisatie=organisatie,
        gemaakt_op=now,
        geldig_tot=now + BEVESTIGEN_BINNEN,
        bewaard_tot=now + ONBEVESTIGD_BEWAARD,
    )
    same = Q(organisatie=organisatie) if organisatie else Q(organisatie=None, gezag_email__iexact=aanvraag.gezag_email)
    recent = Aanvraag.objects.filter(same, gemaakt_op__gt=now - timedelta(days=1), bron=Aanvraag.Bron.FORMULIER)
    if recent.count() <= MAILS_PER_DAG:
        _mail(AANVRAAG_BEVESTIGEN, aanvraag, now, {})
    return aanvraag


@transaction.atomic
def enter_aanvraag(
    *,
    organisatie: Organisatie,
    formulier: Formulier,
    beheerdersrollen: Sequence[Beheerdersrol],
    actor: Actor,
    now: datetime,
) -> Aanvraag:
    """Enter a paper form for an organisatie, as DUO staff (R01). Somebody else of staff decides on it."""
    aanvraag = _create(
        formulier,
        beheerdersrollen,
        organisatie=organisatie,
        bron=Aanvraag.Bron.PAPIER,
        staat=Staat.INGEDIEND,
        gemaakt_op=now,
        bevestigd_op=now,
        geldig_tot=now + BESLUITEN_BINNEN,
    )
    _propose(aanvraag, actor, now)
    return aanvraag


def find_organisatie(*, code_soort: str, code: str, kvk_nummer: str) -> Organisatie | None:
    """The running organisatie of these codes. Without a code the KvK number must be that of exactly one (D3)."""
    running = Organisatie.objects.filter(kvk_nummer=kvk_nummer, beeindigd_op=None)
    if code_soort:
        return running.filter(code_soort=code_soort, code=code).first()
    found = list(running.filter(code_soort=Organisatie.CodeSoort.EIGEN)[:2])
    return found[0] if len(found) == 1 else None


def find_aanvraag(*, token: str, now: datetime) -> tuple[Uitkomst | None, Aanvraag | None]:
    """What the link is worth before anybody presses a button: (None, the application) when it can be answered."""
    pk, is_for = read_token(token)
    aanvraag = Aanvraag.objects.select_related("organisatie").filter(pk=pk).first()
    return _judge(aanvraag, is_for, now), aanvraag


@transaction.atomic
def answer_aanvraag(*, token: str, akkoord: bool, adres: str | None, now: datetime) -> Uitkomst:
    """Confirm an application as bevoegd gezag, or hold it back (R01): once, within the term.

    ONBEKEND when the bevoegd gezag was changed after the mail: the old one has no say any more. A confirmed one waits
    as Voorstel for staff; who confirmed is the bevoegd gezag on record, or a visitor when we do not know them.
    """
    pk, is_for = read_token(token)
    aanvraag = Aanvraag.objects.select_for_update(of=("self",)).select_related("organisatie").filter(pk=pk).first()
    refused = _judge(aanvraag, is_for, now)
    if refused is not None or aanvraag is None:
        return refused or Uitkomst.ONBEKEND
    known = aanvraag.organisatie_id
    gezag = Actor(ActorSoort.GEZAG, id=known, namens=known, adres=adres)
    actor = gezag if known else Actor(ActorSoort.BEZOEKER, adres=adres)
    if not akkoord:
        _close(aanvraag, Staat.INGETROKKEN, now)
        _log("aanvraag_tegengehouden", aanvraag, actor, now)
        return Uitkomst.TEGENGEHOUDEN
    aanvraag.staat = Staat.INGEDIEND
    aanvraag.bevestigd_op = now
    aanvraag.geldig_tot = now + BESLUITEN_BINNEN
    aanvraag.bewaard_tot = None
    aanvraag.save(update_fields=["staat", "bevestigd_op", "geldig_tot", "bewaard_tot"])
    _propose(aanvraag, actor, now)
    return Uitkomst.BEVESTIGD


@transaction.atomic
def grant_aanvraag(
    *,
    aanvraag: Aanvraag,
    account: Account | None,
    beheerdersrollen: Sequence[Beheerdersrol],
    actor: Actor,
    now: datetime,
) -> Account:
    """Approve an application and carry it out, as somebody of staff who did not enter it (R01). Returns the account.

    account is the beheerder to change or withdraw; for a new one the beheerder who goes as she comes (R03), or None.
    Never more than was asked, nor of anybody else: that would be the act of one person.
    Raises, and writes nothing: AlBesloten, ZelfdePersoon, PermissionError for who is no longer staff, AanvraagKanNiet,
    `autorisatie.services.Weigering`.
    """
    current = _decide(aanvraag, actor, now, akkoord=True)
    organisatie = current.organisatie or find_organisatie(
        code_soort=current.code_soort, code=current.code, kvk_nummer=current.kvk_nummer
    )
    if organisatie is None:
        raise AanvraagKanNiet("Deze organisatie kennen we niet. Controleer haar gegevens en voeg haar eerst toe.")
    _check_gezag(current, organisatie, actor)
    if account is not None and account.organisatie_id != organisatie.pk:
        raise AanvraagKanNiet("Deze beheerder is van een andere organisatie.")
    _check_asked(current, account, beheerdersrollen)
    current.organisatie = organisatie
    current.account = _carry_out(current, organisatie, account, beheerdersrollen, actor, now)
    _close(current, Staat.TOEGEKEND, now, "organisatie", "account")
    gestopt = account.pk if account is not None and current.soort == Aanvraag.Soort.AANMELDEN else None
    rollen = ", ".join(sorted(rol.naam for rol in beheerdersrollen))
    _mail(AANVRAAG_BESLOTEN, current, now, {"rollen": rollen, "gestopt": gestopt})
    return current.account


def _check_gezag(aanvraag: Aanvraag, organisatie: Organisatie, actor: Actor) -> None:
    """Whether who confirmed is the bevoegd gezag on record now, and not put there by who decides.

    They may have been replaced since, or confirmed when we did not know the organisatie yet.
    """
    voorstel = Voorstel.objects.filter(soort=VOORSTEL, object_id=aanvraag.pk).latest("pk")
    if voorstel.gegevens.get("gezag") != mark_gezag(organisatie.bevoegd_gezag_email):
        raise AanvraagKanNiet(
            "Dit is niet bevestigd door het bevoegd gezag dat DUO nu kent. Wijs de aanvraag af, en laat het bevoegd "
            "gezag een nieuwe doen."
        )
    added = Logregel.objects.filter(
        organisatie_id=organisatie.pk,
        gebeurtenis="beheer_gewijzigd",
        object_soort="organisatie",
        gegevens__wat__endswith=" toegevoegd",
        actor_soort=actor.soort,
        actor_id=actor.id,
    )
    if aanvraag.bron == Aanvraag.Bron.FORMULIER and added.exists():
        raise AanvraagKanNiet("U hebt deze organisatie zelf toegevoegd. Een collega moet over de aanvraag beslissen.")


def _check_asked(aanvraag: Aanvraag, account: Account | None, beheerdersrollen: Sequence[Beheerdersrol]) -> None:
    if aanvraag.soort != Aanvraag.Soort.INTREKKEN:
        asked = set(aanvraag.beheerdersrollen.values_list("pk", flat=True))
        given = {rol.pk for rol in beheerdersrollen}
        if not given or not given <= asked:
            raise AanvraagKanNiet("U kunt alleen geven wat is aangevraagd, en minstens één daarvan.")
    if account is None:
        return
    if aanvraag.soort == Aanvraag.Soort.AANMELDEN:
        name = rf"(?<!\w){re.escape(account.achternaam)}(?!\w)"  # no part of a longer name
        named = re.search(name, aanvraag.opvolger_van, re.IGNORECASE) is not None
    else:
        asked_for = Persoon(aanvraag.naam_beheerder, aanvraag.email)
        named = same_person(asked_for, Persoon(account.get_full_name(), account.email))
    if not named:
        raise AanvraagKanNiet("Deze beheerder staat niet op het formulier. Kies wie er is genoemd.")


def _carry_out(
    aanvraag: Aanvraag,
    organisatie: Organisatie,
    account: Account | None,
    beheerdersrollen: Sequence[Beheerdersrol],
    actor: Actor,
    now: datetime,
) -> Account:
    if aanvraag.soort == Aanvraag.Soort.AANMELDEN:
        new = register_beheerder(
            organisatie=organisatie,
            gegevens=Gegevens(**{veld: getattr(aanvraag, veld) for veld in PERSOON}),  # type: ignore[typeddict-item]  # the keys are its own
            beheerdersrollen=beheerdersrollen,
            actor=actor,
            now=now,
            tot=_end_of(aanvraag.nood_tot, now),
        )
        if account is not None and account != new:
            end_beheerderschap(account=account, actor=actor, now=now)
        return new
    if account is None:
        raise AanvraagKanNiet("Kies om welke beheerder het gaat.")
    if aanvraag.soort == Aanvraag.Soort.WIJZIGEN:
        set_bevoegdheden(account=account, beheerdersrollen=beheerdersrollen, actor=actor, now=now)
    elif not end_beheerderschap(account=account, actor=actor, now=now):
        raise AanvraagKanNiet("Deze persoon is geen beheerder meer.")
    return account


def _end_of(dag: date | None, now: datetime) -> datetime | None:
    """The end of the last day of a noodbeheerder. AanvraagKanNiet for a day that has passed."""
    if dag is None:
        return None
    end = timezone.make_aware(datetime.combine(dag + timedelta(days=1), time.min))
    if end <= now:
        raise AanvraagKanNiet("De einddatum van deze noodbeheerder is voorbij.")
    return end


@transaction.atomic
def refuse_aanvraag(*, aanvraag: Aanvraag, actor: Actor, now: datetime) -> None:
    """Refuse an application, with a reason in `actor`. Raises as `grant_aanvraag` does."""
    current = _decide(aanvraag, actor, now, akkoord=False)
    _close(current, Staat.AFGEWEZEN, now)
    _mail(AANVRAAG_BESLOTEN, current, now, {"reden": actor.reden})


def open_voorstel(aanvraag: Aanvraag) -> Voorstel | None:
    """The voorstel of an application that waits for a decision, None for one that does not."""
    return Voorstel.objects.filter(soort=VOORSTEL, object_id=aanvraag.pk, staat=Voorstel.Staat.OPEN).first()


def clear_aanvragen(*, now: datetime) -> Taakrun | None:
    """Let applications lapse that nobody confirmed or decided in time, and delete old ones (R34).

    Safe to run twice, late, or to kill. None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="aanvragen", now=now) as run:
        if run is None:
            return None
        with transaction.atomic():
            late = Aanvraag.objects.filter(staat__in=[Staat.ONBEVESTIGD, Staat.INGEDIEND], geldig_tot__lte=now)
            vervallen = 0
            for aanvraag in late.select_for_update(skip_locked=True, of=("self",)):
                _close(aanvraag, Staat.VERVALLEN, now)
                vervallen += 1
            run.count(vervallen=vervallen)
        with transaction.atomic():
            _, deleted = Aanvraag.objects.filter(bewaard_tot__lte=now).delete()
            run.count(verwijderd=deleted.get("beheer.Aanvraag", 0))
    return run.taakrun


def _create(formulier: Formulier, beheerdersrollen: Sequence[Beheerdersrol], **fields: Any) -> Aanvraag:
    new = False
    while not new:
        aanvraag, new = Aanvraag.objects.get_or_create(
            referentie=make_referentie(secrets.randbelow), defaults={**formulier, **fields}
        )
    aanvraag.beheerdersrollen.set(beheerdersrollen)
    return aanvraag


def _judge(aanvraag: Aanvraag | None, is_for: Callable[[str], bool], now: datetime) -> Uitkomst | None:
    if aanvraag is None or not is_for(address_of(aanvraag)):
        return Uitkomst.ONBEKEND
    if aanvraag.staat == Staat.VERVALLEN or (aanvraag.staat == Staat.ONBEVESTIGD and aanvraag.geldig_tot <= now):
        return Uitkomst.VERLOPEN
    return None if aanvraag.staat == Staat.ONBEVESTIGD else Uitkomst.AL_BEANTWOORD


def _propose(aanvraag: Aanvraag, actor: Actor, now: datetime) -> None:
    propose(
        soort=VOORSTEL,
        sleutel=f"{VOORSTEL}:{aanvraag.pk}",
        actor=actor,
        now=now,
        verloopt_op=aanvraag.geldig_tot,
        organisatie_id=aanvraag.organisatie_id,
        object_id=aanvraag.pk,
        gegevens={"gezag": mark_gezag(address_of(aanvraag))},
        loggegevens={"wat": aanvraag.get_soort_display()},
    )


def _decide(aanvraag: Aanvraag, actor: Actor, now: datetime, *, akkoord: bool) -> Aanvraag:
    current = Aanvraag.objects.select_for_update(of=("self",)).select_related("organisatie").get(pk=aanvraag.pk)
    check_staf(actor)
    voorstel = open_voorstel(current)
    if voorstel is None or current.staat != Staat.INGEDIEND:
        raise AlBesloten
    decide(voorstel=voorstel, akkoord=akkoord, actor=actor, now=now)
    return current


def _close(aanvraag: Aanvraag, staat: Aanvraag.Staat, now: datetime, *fields: str) -> None:
    """Note an end. What nobody confirmed keeps its short term (R34)."""
    aanvraag.staat = staat
    aanvraag.besloten_op = now
    if aanvraag.bevestigd_op is not None:
        aanvraag.bewaard_tot = now + BESLOTEN_BEWAARD
    aanvraag.save(update_fields=["staat", "besloten_op", "bewaard_tot", *fields])


def _mail(soort: str, aanvraag: Aanvraag, now: datetime, gegevens: dict[str, Any]) -> None:
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{aanvraag.pk}",
        now=now,
        organisatie_id=aanvraag.organisatie_id,
        object_id=aanvraag.pk,
        gegevens=gegevens,
    )


def _log(gebeurtenis: str, aanvraag: Aanvraag, actor: Actor, now: datetime) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=aanvraag.organisatie_id,
        object_soort="aanvraag",
        object_id=aanvraag.pk,
        gegevens={"wat": aanvraag.get_soort_display()},
    )
