"""Kenmerken of closed schools and merged gemeenten: moved by two persons of DUO staff (D3, D22)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import Kenmerk, Organisatie
from accounts.services.staf import check_staf
from autorisatie.services.overgang import Overgang, move_kenmerken, preview_overgang
from beheer.services.gezag import AlVoorgesteld, Veranderd
from verantwoording.models import Voorstel
from verantwoording.rules import Actor
from verantwoording.services import AlBesloten, decide, propose

OVERGANG: Final = "kenmerk_overgang"
BESLUITEN_BINNEN: Final = timedelta(days=30)


@transaction.atomic
def propose_overgang(
    *, van: Organisatie, naar: Organisatie, kenmerken: Sequence[Kenmerk], dag: date, actor: Actor, now: datetime
) -> Voorstel:
    """Propose that kenmerken go to another organisatie on a day, as first of two persons of staff.

    AlVoorgesteld when another one waits; PermissionError for who is no longer staff.
    """
    check_staf(actor)
    gegevens = {"naar": naar.pk, "kenmerken": sorted(kenmerk.pk for kenmerk in kenmerken), "dag": dag.isoformat()}
    voorstel = propose(
        soort=OVERGANG,
        sleutel=f"{OVERGANG}:{van.pk}",
        actor=actor,
        now=now,
        verloopt_op=now + BESLUITEN_BINNEN,
        organisatie_id=van.pk,
        gegevens=gegevens,
        loggegevens={"wat": ", ".join(sorted(kenmerk.waarde for kenmerk in kenmerken)), "dag": f"{dag:%d-%m-%Y}"},
    )
    if voorstel.gegevens != gegevens or voorstel.voorsteller_id != actor.id:
        raise AlVoorgesteld
    return voorstel


def open_overgang(van: Organisatie) -> Voorstel | None:
    """The move that waits at this organisatie."""
    return Voorstel.objects.filter(sleutel=f"{OVERGANG}:{van.pk}", staat=Voorstel.Staat.OPEN).first()


def preview_voorstel(voorstel: Voorstel, now: datetime) -> tuple[Organisatie, datetime, Overgang]:
    """What a voorstel would do if it were decided at `now`: to whom, from when, and to whom and what it happens."""
    naar, kenmerken, per = _read(voorstel, now)
    van = Organisatie.objects.get(pk=voorstel.organisatie_id or 0)
    return naar, per, preview_overgang(van=van, naar=naar, kenmerken=kenmerken, per=per)


def stand_of(voorstel: Voorstel, overgang: Overgang) -> str:
    """Names the voorstel and what it would do, for who decides on what she was shown."""
    return f"{voorstel.pk}:{overgang.stand}"


def begin_of(dag: date, now: datetime) -> datetime:
    """The moment a move begins: the first of its day in Amsterdam, or now when that has passed."""
    return max(timezone.make_aware(datetime.combine(dag, time.min)), now)


@transaction.atomic
def decide_overgang(*, van: Organisatie, akkoord: bool, stand: str, actor: Actor, now: datetime) -> Overgang | None:
    """Decide on a move, as second person of staff; agreed, the rows are written with the day on which they count.

    stand: that of what was shown, by `stand_of`. Raises, and writes nothing: AlBesloten, ZelfdePersoon, Veranderd when
    by now something else would happen (D23), PermissionError for who is no longer staff.
    """
    check_staf(actor)
    voorstel = open_overgang(van)
    if voorstel is None:
        raise AlBesloten
    decide(voorstel=voorstel, akkoord=akkoord, actor=actor, now=now)
    if not stand.startswith(f"{voorstel.pk}:"):
        raise Veranderd
    if not akkoord:
        return None
    naar, kenmerken, per = _read(voorstel, now)
    overgang = move_kenmerken(van=van, naar=naar, kenmerken=kenmerken, per=per, actor=actor, now=now)
    if stand_of(voorstel, overgang) != stand:
        raise Veranderd
    return overgang


def _read(voorstel: Voorstel, now: datetime) -> tuple[Organisatie, list[Kenmerk], datetime]:
    gegevens = voorstel.gegevens
    naar = Organisatie.objects.get(pk=gegevens["naar"])
    return (
        naar,
        list(Kenmerk.objects.filter(pk__in=gegevens["kenmerken"])),
        begin_of(date.fromisoformat(gegevens["dag"]), now),
    )
