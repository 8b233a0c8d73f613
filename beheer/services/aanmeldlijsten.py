import csv
import json
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Upper

from accounts.models import Account, Kenmerk, Organisatie
from accounts.permissions import is_beheerder
from accounts.rules import GEGEVENS
from accounts.services.velen import end_accounts, register_accounts
from autorisatie.models import Rol
from autorisatie.services import Weigering, kenmerken_for, rollen_to_hand_out
from autorisatie.services.velen import Toekenning, check_toekenningen, end_autorisaties_of, grant_autorisaties
from beheer.models import Aanmeldlijst, Aanmeldrij
from beheer.rules.aanmeldlijst import (
    DIRECT_HOOGSTENS,
    Persoonrij,
    Rolaanbod,
    Rolkeuze,
    kenmerk_keys,
    read_kolommen,
    read_personen,
)
from beheer.rules.tabel import Tabel
from koppeling.models import EherkenningTest
from verantwoording.models import Logregel, Taakrun
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import taakrun, write_logregel

CHUNK: Final = 2_500  # rows a transaction of the job
BEVESTIGD: Final = "aanmeldlijst_bevestigd"
ONGEDAAN: Final = "aanmeldlijst_ongedaan"
_NAAM: Final = ("voornaam", "tussenvoegsel", "achternaam", "email")


class NietAanTeMelden(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """The list cannot be carried out as asked; the text says why, in Dutch. Nothing was written."""


@transaction.atomic
def store_aanmeldlijst(*, beheerder: Account, tabel: Tabel, now: datetime) -> Aanmeldlijst:
    """Judge the rows of a file and keep them for a preview, 24 hours at most (D23). Registers nobody.

    beheerder decides what may be handed out in it (R02). Raises Bestandsfout when a column is missing or there twice.
    """
    kolommen, onbekend = read_kolommen(tabel.kop)
    rijen = read_personen(tabel, kolommen, read_aanbod(beheerder=beheerder, now=now))
    lijst = Aanmeldlijst.objects.create(
        organisatie=_organisatie(beheerder),
        beheerder=beheerder,
        gemaakt_op=now,
        opmerkingen=[*tabel.opmerkingen, *onbekend],
    )
    _copy(lijst, rijen)
    return lijst


def read_aanbod(*, beheerder: Account, now: datetime) -> list[Rolaanbod]:
    """The rollen that this beheerder may hand out, with the kenmerken for which (R02), as one may type them."""
    organisatie = _organisatie(beheerder)
    rollen = list(rollen_to_hand_out(beheerder=beheerder, now=now).prefetch_related("sluit_uit").order_by("naam"))
    soorten = sorted({soort for rol in rollen for soort in rol.kenmerksoorten})
    owned = list(kenmerken_for(rol=Rol(kenmerksoorten=soorten), organisatie=organisatie, now=now))
    return [
        Rolaanbod(
            id=rol.pk,
            naam=rol.naam,
            sleutel=rol.sleutel,
            met_kenmerk=bool(rol.kenmerksoorten),
            sluit_uit=frozenset(other.pk for other in rol.sluit_uit.all()),
            kenmerken=_typed([kenmerk for kenmerk in owned if kenmerk.soort in rol.kenmerksoorten]),
        )
        for rol in rollen
    ]


def with_bestaand(rijen: QuerySet[Aanmeldrij], lijst: Aanmeldlijst) -> QuerySet[Aanmeldrij]:
    """The same rows, with whether that person has a running account at the organisatie already (`bestaat`)."""
    same = Account.objects.of_organisatie(lijst.organisatie).active()
    for veld in _NAAM:
        same = same.annotate(**{f"{veld}_upper": Upper(veld)}).filter(**{f"{veld}_upper": Upper(OuterRef(veld))})
    return rijen.annotate(bestaat=Exists(same))


@transaction.atomic
def confirm_aanmeldlijst(
    *, lijst: Aanmeldlijst, alleen_goede: bool, actor: Actor, beheerder: Account, now: datetime
) -> Aanmeldlijst:
    """Register the people of a list (R04): now when they are few, else by a job that this starts.

    Whoever calls it has confirmed for all of them what R04 asks. With faulty rows it takes `alleen_goede`. Once: a list
    that was confirmed before is returned as it is. Raises NietAanTeMelden or Weigering, and writes nothing.
    """
    lijst = _locked(lijst)
    if lijst.status != Aanmeldlijst.Status.NIEUW:
        return lijst
    good = lijst.rijen.filter(fouten=[])
    count = good.count()
    if not count:
        raise NietAanTeMelden("In dit bestand staat geen rij die aangemeld kan worden.")
    if not alleen_goede and lijst.rijen.exclude(fouten=[]).exists():
        raise NietAanTeMelden("In dit bestand staan rijen met een fout. Verbeter ze, of sla ze over.")
    keuzes = {
        (rol, tuple(kenmerken))
        for rollen in good.values_list("rollen", flat=True).distinct()
        for rol, kenmerken in rollen
    }
    check_toekenningen(organisatie=lijst.organisatie, keuzes=keuzes, beheerder=beheerder, now=now)
    lijst.status = Aanmeldlijst.Status.BEZIG
    lijst.bevestigd_op = now
    lijst.adres = actor.adres
    lijst.save(update_fields=["status", "bevestigd_op", "adres"])
    write_logregel(
        gebeurtenis=BEVESTIGD,
        actor=actor,
        now=now,
        organisatie_id=lijst.organisatie_id,
        object_soort="aanmeldlijst",
        object_id=lijst.pk,
        gegevens={"aantal": str(count)},
    )
    if count <= DIRECT_HOOGSTENS:
        _register_chunk(lijst, DIRECT_HOOGSTENS + 1, now)
    else:
        lijst.hint()
    return lijst


def register_aanmeldlijst(*, lijst_id: int, now: datetime) -> None:
    """The job: register what is left of a confirmed list, chunk by chunk; each chunk in a transaction of its own.

    Driven by the rows: safe to run twice, at once, late, or to kill. When the beheerder may no longer do this it stops,
    and the list says why and how far it came.
    """
    while True:
        try:
            with transaction.atomic(durable=True):
                lijst = _busy(lijst_id)
                if lijst is None or not _register_chunk(lijst, CHUNK, now):
                    return
        except Weigering as refusal:
            with transaction.atomic(durable=True):
                lijst = _busy(lijst_id)
                if lijst is not None:
                    lijst.status, lijst.klaar_op, lijst.reden = Aanmeldlijst.Status.GESTOPT, now, str(refusal)
                    lijst.save(update_fields=["status", "klaar_op", "reden"])
            return


def sweep_aanmeldlijsten(*, now: datetime) -> None:
    """Take up every confirmed list that is not done: its job was killed, or never told."""
    for lijst_id in Aanmeldlijst.objects.filter(status=Aanmeldlijst.Status.BEZIG).values_list("pk", flat=True):
        register_aanmeldlijst(lijst_id=lijst_id, now=now)


def untouched(lijst: Aanmeldlijst) -> QuerySet[Account]:
    """The accounts that this list made and with which nothing was done since: no letter, code, login or change."""
    made = lijst.rijen.filter(uitkomst=Aanmeldrij.Uitkomst.NIEUW).values("account_id")
    since = Logregel.objects.filter(account_id=OuterRef("pk"), op__gt=OuterRef("gemaakt_op"))
    return (
        Account.objects.of_organisatie(lijst.organisatie)
        .active()
        .filter(pk__in=made, versie=1)
        .exclude(Exists(since))
        .exclude(Exists(EherkenningTest.objects.filter(account=OuterRef("pk"))))
    )


@transaction.atomic
def undo_aanmeldlijst(*, lijst: Aanmeldlijst, actor: Actor, now: datetime) -> int | None:
    """End the accounts that a list made, as far as they are untouched; the others stay (R20). How many were ended.

    None, and nothing written, when the list was not carried out, was undone before, or was carried out a day ago.
    """
    lijst = _locked(lijst)
    done = {Aanmeldlijst.Status.KLAAR, Aanmeldlijst.Status.GESTOPT}
    if lijst.status not in done or now >= lijst.bewaard_tot:
        return None
    ids = list(untouched(lijst).select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    # What was locked may have been touched while we waited for it.
    ids = list(untouched(lijst).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    end_accounts(organisatie=lijst.organisatie, ids=ids, actor=actor, now=now)
    end_autorisaties_of(organisatie=lijst.organisatie, ids=ids, actor=actor, now=now)
    lijst.status = Aanmeldlijst.Status.ONGEDAAN
    lijst.save(update_fields=["status"])
    write_logregel(
        gebeurtenis=ONGEDAAN,
        actor=actor,
        now=now,
        organisatie_id=lijst.organisatie_id,
        object_soort="aanmeldlijst",
        object_id=lijst.pk,
        gegevens={"aantal": str(len(ids))},
    )
    return len(ids)


@transaction.atomic
def discard_aanmeldlijst(*, lijst: Aanmeldlijst) -> bool:
    """Throw away a list that nobody confirmed, before its 24 hours are over. False when it is being carried out."""
    lijst = _locked(lijst)
    if lijst.status == Aanmeldlijst.Status.BEZIG:
        return False
    lijst.delete()
    return True


def forget_aanmeldlijsten(*, now: datetime) -> Taakrun | None:
    """Delete lists whose day is over with their rows (D23, R34); what they did stays in the log.

    Never one that is being carried out, or is at this moment being confirmed: its rows are what the job works from.

    Returns the finished run with its count, or None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="aanmeldlijsten", now=now) as run:
        if run is None:
            return None
        with transaction.atomic():
            ids = list(Aanmeldlijst.objects.over(now).select_for_update(skip_locked=True).values_list("pk", flat=True))
            Aanmeldlijst.objects.filter(pk__in=ids).delete()
        run.count(aanmeldlijsten=len(ids))
    return run.taakrun


def _organisatie(beheerder: Account) -> Organisatie:
    if beheerder.organisatie is None:
        raise ValueError("DUO staff have no organisatie to register people at")
    return beheerder.organisatie


def _typed(kenmerken: Sequence[Kenmerk]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for kenmerk in kenmerken:
        for key in kenmerk_keys(kenmerk.soort, kenmerk.get_soort_display(), kenmerk.waarde):
            found.setdefault(key, set()).add(kenmerk.pk)
    return {key: frozenset(ids) for key, ids in found.items()}


def _copy(lijst: Aanmeldlijst, rijen: Sequence[Persoonrij]) -> None:
    content = StringIO()
    writer = csv.writer(content)
    texts: dict[tuple[Rolkeuze, ...], str] = {}
    for rij in rijen:
        if rij.rollen not in texts:
            texts[rij.rollen] = json.dumps(rij.rollen)
        fouten = json.dumps(rij.fouten) if rij.fouten else "[]"
        writer.writerow([lijst.pk, rij.nummer, *rij.gegevens, texts[rij.rollen], fouten, ""])
    content.seek(0)
    velden = ", ".join(GEGEVENS)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY beheer_aanmeldrij (lijst_id, nummer, {velden}, rollen, fouten, uitkomst) FROM STDIN"
            f" WITH (FORMAT csv, FORCE_NOT_NULL ({velden}, uitkomst))",
            content,
        )


def _locked(lijst: Aanmeldlijst) -> Aanmeldlijst:
    rows = Aanmeldlijst.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organisatie", "beheerder").get(pk=lijst.pk)


def _busy(lijst_id: int) -> Aanmeldlijst | None:
    """The list, ours until the transaction ends; None when it is done, gone, or somebody else's at this moment."""
    rows = Aanmeldlijst.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    busy = rows.filter(pk=lijst_id, status=Aanmeldlijst.Status.BEZIG)
    return busy.select_related("organisatie", "beheerder").first()


def _register_chunk(lijst: Aanmeldlijst, size: int, now: datetime) -> bool:
    """Register the next rows of a locked list; False when none were left, and the list is done. Raises Weigering."""
    Organisatie.objects.select_for_update(no_key=True).get(pk=lijst.organisatie_id)
    if not is_beheerder(lijst.beheerder, now):
        raise Weigering("Wie dit bestand uploadde, is geen beheerder meer.")
    open_rows = lijst.rijen.filter(fouten=[], uitkomst=Aanmeldrij.Uitkomst.OPEN)
    chosen = list(open_rows.order_by("nummer").values_list("pk", "nummer")[:size])
    _mark_existing(lijst, [pk for pk, _ in chosen])
    rijen = []
    if chosen:
        same = open_rows.filter(nummer__range=(chosen[0][1], chosen[-1][1]))
        rijen = list(same.order_by("nummer").values_list("pk", "rollen", *GEGEVENS))
    if rijen:
        actor = Actor(ActorSoort.ACCOUNT, id=lijst.beheerder_id, namens=lijst.organisatie_id, adres=lijst.adres)
        ids = register_accounts(
            organisatie=lijst.organisatie,
            personen=[rij[2:] for rij in rijen],
            actor=actor,
            now=now,
        )
        grant_autorisaties(
            organisatie=lijst.organisatie,
            toekenningen=[
                Toekenning(pk, rol, tuple(kenmerken))
                for pk, rij in zip(ids, rijen, strict=True)
                for rol, kenmerken in rij[1]
            ],
            actor=actor,
            beheerder=lijst.beheerder,
            now=now,
        )
        _note([rij[0] for rij in rijen], ids)
    if len(chosen) == size:
        return True
    lijst.status, lijst.klaar_op = Aanmeldlijst.Status.KLAAR, now
    lijst.save(update_fields=["status", "klaar_op"])
    return False


def _mark_existing(lijst: Aanmeldlijst, rijen: Sequence[int]) -> None:
    """Who has a running account with the same name and e-mail address is there already: nothing changes for him."""
    same = " AND ".join(f"upper(a.{veld}) = upper(r.{veld})" for veld in _NAAM)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE beheer_aanmeldrij r SET uitkomst = 'bestond', account_id = a.id FROM accounts_account a"  # noqa: S608  # names of our own columns
            f" WHERE r.id = ANY(%s::bigint[]) AND a.organisatie_id = %s AND a.beeindigd_op IS NULL AND {same}",
            [list(rijen), lijst.organisatie_id],
        )


def _note(rijen: Sequence[int], ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE beheer_aanmeldrij r SET uitkomst = 'nieuw', account_id = t.account"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS t (rij, account) WHERE r.id = t.rij",
            [list(rijen), list(ids)],
        )
