"""Continuïteitswacht: warns before an organisatie has no beheerder who can act (R03), and tells of noodbeheerders."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import Beheerderschap, Organisatie, TijdelijkeBlokkade
from accounts.models.organisatie import live
from beheer.emails.continuiteit import CONTINUITEIT_DUO, CONTINUITEIT_GEZAG, NOOD_EINDE, NOOD_VOORAF
from beheer.models import Continuiteitsmelding
from beheer.rules.aanvragen import NOOD_HOOGSTENS
from beheer.rules.aanvragen import NOOD_VOORAF as NOOD_DAGEN
from beheer.rules.continuiteit import BEWAARD, INACTIEF_NA, KOPPELEN_BINNEN, OPNIEUW_NA, Situatie
from koppeling.models import Koppeling
from verantwoording.models import Bericht, Taakrun
from verantwoording.services import enqueue_bericht, taakrun

PER_KEER: Final = 500
Sleutel = tuple[int, int | None, str]


def watch_continuiteit(*, now: datetime) -> Taakrun | None:
    """Note what is wrong with beheerders, and warn bevoegd gezag and DUO: once, and again after OPNIEUW_NA.

    What is over is closed, and deleted a year later (R34). Safe to run twice, late, or to kill: each organisatie's
    rows and mails are written together. None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="continuiteit", now=now) as run:
        if run is None:
            return None
        pks = Organisatie.objects.filter(beeindigd_op=None).order_by("pk").values_list("pk", flat=True)
        for chunk in _chunks(list(pks)):
            with transaction.atomic():
                told, over = _watch(chunk, now)
                run.count(gemeld=told, voorbij=over)
                if told:
                    _tell_duo(now)
        with transaction.atomic():
            _tell_nood(now)
            deleted, _ = Continuiteitsmelding.objects.filter(voorbij_op__lte=now - BEWAARD).delete()
            run.count(verwijderd=deleted)
    return run.taakrun


def _tell_duo(now: datetime) -> None:
    """Once a day, in the transaction of what is told: a kill then loses neither. It leaves when the run is over."""
    dag = timezone.localdate(now).isoformat()
    enqueue_bericht(
        soort=CONTINUITEIT_DUO, sleutel=f"{CONTINUITEIT_DUO}:{dag}", now=now, niet_voor=now + timedelta(minutes=30)
    )


def _chunks(pks: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), PER_KEER):
        yield pks[start : start + PER_KEER]


def _watch(organisaties: list[int], now: datetime) -> tuple[int, int]:
    found = _find(organisaties, now)
    open_rows = {
        (row.organisatie_id, row.account_id, row.situatie): row
        for row in Continuiteitsmelding.objects.select_for_update(of=("self",)).filter(
            organisatie__in=organisaties, voorbij_op=None
        )
    }
    over = [row.pk for key, row in open_rows.items() if key not in found]
    Continuiteitsmelding.objects.filter(pk__in=over).update(voorbij_op=now)
    told = 0
    for key in sorted(found, key=str):
        row = open_rows.get(key)
        if row is None:
            organisatie_id, account_id, situatie = key
            row = Continuiteitsmelding.objects.create(
                organisatie_id=organisatie_id, account_id=account_id, situatie=situatie, sinds=now, gemeld_op=now
            )
        elif row.gemeld_op <= now - OPNIEUW_NA:
            row.gemeld_op = now
            row.keren += 1
            row.save(update_fields=["gemeld_op", "keren"])
        else:
            continue
        told += 1
        enqueue_bericht(
            soort=CONTINUITEIT_GEZAG,
            sleutel=f"{CONTINUITEIT_GEZAG}:{row.pk}:{row.keren}",
            now=now,
            organisatie_id=row.organisatie_id,
            account_id=row.account_id,
            object_id=row.pk,
        )
    return told, len(over)


def _find(organisaties: list[int], now: datetime) -> set[Sleutel]:
    """What is wrong at `now`. An organisatie that never had a beheerder is not on its way yet, and is left alone."""
    rows = Beheerderschap.objects.filter(account__organisatie__in=organisaties)
    ever = set(rows.values_list("account__organisatie", flat=True))
    koppelingen = Koppeling.objects.filter(account=OuterRef("account"))
    blokkades = TijdelijkeBlokkade.objects.filter(live(now), account=OuterRef("account"))
    mails = Bericht.objects.filter(account_id=OuterRef("account"), status__in=["verzonden", "geweigerd"])
    current = list(
        rows.filter(live(now), account__beeindigd_op=None)
        .annotate(
            gebruikt=Subquery(koppelingen.live().values("laatst_gebruikt")[:1]),
            ontkoppeld=Subquery(koppelingen.order_by("-id").values("beeindigd_op")[:1]),
            geblokkeerd=Least(
                Subquery(blokkades.values("van")[:1]), Subquery(koppelingen.live().values("middel__gestolen_op")[:1])
            ),
            mail=Subquery(mails.order_by("-id").values("status")[:1]),
        )
        .values_list("account__organisatie", "account", "van", "gebruikt", "ontkoppeld", "geblokkeerd", "mail")
    )
    count: dict[int, int] = dict.fromkeys(ever, 0)
    found: set[Sleutel] = set()
    for organisatie, account, van, gebruikt, ontkoppeld, geblokkeerd, mail in current:
        count[organisatie] += 1
        if gebruikt is None and max(van, ontkoppeld or van) <= now - KOPPELEN_BINNEN:
            found.add((organisatie, account, Situatie.ONTKOPPELD))
        if gebruikt is not None and gebruikt <= now - INACTIEF_NA:
            found.add((organisatie, account, Situatie.INACTIEF))
        if geblokkeerd is not None and geblokkeerd <= now - KOPPELEN_BINNEN:
            found.add((organisatie, account, Situatie.GEBLOKKEERD))
        if mail == Bericht.Status.GEWEIGERD:
            found.add((organisatie, account, Situatie.ONBEREIKBAAR))
    for organisatie, number in count.items():
        if number < 2:  # noqa: PLR2004  # one is too few
            found.add((organisatie, None, Situatie.EEN if number else Situatie.GEEN))
    return found


def _tell_nood(now: datetime) -> None:
    """Tell bevoegd gezag and noodbeheerder a week before, and at the end: once for each end (R01)."""
    nood = Beheerderschap.objects.filter(nood=True, account__beeindigd_op=None).select_related("account")
    for soort, rows in (
        (NOOD_VOORAF, nood.filter(tot__gt=now, tot__lte=now + NOOD_DAGEN)),
        (NOOD_EINDE, nood.filter(tot__lte=now, tot__gt=now - NOOD_HOOGSTENS)),  # also after an outage of the job
    ):
        for row in rows:
            if soort == NOOD_EINDE and not _announced(row):
                continue  # it was withdrawn
            for aan in ("gezag", "beheerder"):
                enqueue_bericht(
                    soort=soort,
                    sleutel=_nood_sleutel(soort, row, aan),
                    now=now,
                    organisatie_id=row.account.organisatie_id,
                    account_id=row.account_id,
                    object_id=row.pk,
                    gegevens={"aan": aan},
                )


def _announced(row: Beheerderschap) -> bool:
    return Bericht.objects.filter(sleutel=_nood_sleutel(NOOD_VOORAF, row, "gezag")).exists()


def _nood_sleutel(soort: str, row: Beheerderschap, aan: str) -> str:
    return f"{soort}:{row.pk}:{row.tot:%Y%m%d%H%M}:{aan}"


def open_meldingen(organisatie: Organisatie) -> list[Continuiteitsmelding]:
    """What is wrong with the beheerders of this organisatie now, for its own page."""
    rows = Continuiteitsmelding.objects.filter(organisatie=organisatie, voorbij_op=None)
    return list(rows.select_related("account").order_by("sinds", "pk"))
