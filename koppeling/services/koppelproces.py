import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from accounts.models import Account, Machtiging, Organisatie
from accounts.models.organisatie import live
from koppeling.models import Activatiecode, Koppeling, Middel, TekstVersie, Teller
from koppeling.rules import (
    BLOKKADE,
    MAX_POGINGEN,
    Poging,
    Uitkomst,
    hash_activatiecode,
    hash_try,
    lapse_day,
    normalise_typed,
)
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, write_logregel

# Claim first, then look (D9): both counters in one statement, the middel's first so that two tries never wait for each
# other crosswise; a row comes back only when its key was not blocked. The clock is the database's, read after the wait.
CLAIM = """
INSERT INTO koppeling_teller AS t (sleutel, aantal, laatste_op)
SELECT sleutel, 1, clock_timestamp() FROM unnest(%(sleutels)s) WITH ORDINALITY AS k (sleutel, nr) ORDER BY nr
ON CONFLICT (sleutel) DO UPDATE SET
    aantal = CASE WHEN t.geblokkeerd_tot IS NULL THEN t.aantal + 1 ELSE 1 END,
    geblokkeerd_tot = CASE WHEN t.geblokkeerd_tot IS NULL AND t.aantal + 1 >= %(hoogstens)s
                           THEN clock_timestamp() + make_interval(secs => %(blokkade)s) END,
    laatste_op = clock_timestamp()
WHERE t.geblokkeerd_tot IS NULL OR t.geblokkeerd_tot <= clock_timestamp()
RETURNING aantal, geblokkeerd_tot
"""


@dataclass(frozen=True, slots=True)
class _Gevonden:
    """What a typed combination points at: the account at this middel's KvK, and its code when that is right."""

    account: Account | None
    code: Activatiecode | None


def _pepper() -> bytes:
    return bytes.fromhex(next(iter(settings.ACTIVATIECODE_PEPERS.values())))


def _keys(middel: Middel, gebruikersnaam: str) -> list[str]:
    """The counters of this try: the middel's, and that of the name as typed with the KvK of the middel (R10, D9)."""
    return [
        hash_try(pepper=_pepper(), soort="middel", waarde=f"{middel.pseudoniem}|{middel.kvk_nummer}"),
        name_key(kvk_nummer=middel.kvk_nummer, gebruikersnaam=gebruikersnaam),
    ]


def name_key(*, kvk_nummer: str, gebruikersnaam: str) -> str:
    """The counter's key for tries on this gebruikersnaam, by middelen of this KvK number (D9)."""
    return hash_try(pepper=_pepper(), soort="naam", waarde=f"{kvk_nummer}|{gebruikersnaam}")


def blocked_until(*, sleutels: list[str]) -> datetime | None:
    """Until when one of these counters is blocked, by the database's clock; None when none is (R10)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(geblokkeerd_tot) FROM koppeling_teller"
            " WHERE sleutel = ANY(%s) AND geblokkeerd_tot > clock_timestamp()",
            [sleutels],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def middel_blocked_until(*, middel: Middel) -> datetime | None:
    """Until when this middel may not try, whatever it types (R10)."""
    return blocked_until(sleutels=_keys(middel, "")[:1])


def link_middel(
    *,
    middel: Middel,
    gebruikersnaam: str,
    activatiecode: str,
    privacy: TekstVersie,
    voorwaarden: TekstVersie,
    akkoord_op: datetime,
    actor: Actor,
    now: datetime,
    keten: bool = False,
) -> Poging:
    """Try the combination that somebody typed in step 5 and link his middel when it is right (R09–R12, R14).

    Returns the outcome; a wrong try is one, so its count is never rolled back. At most five wrong tries are looked at
    per middel and per name, however many come at once; then both answer GEBLOKKEERD with `tot`. An expired or used
    right combination is VERLOPEN and counts as no try. The code is redeemed, the old login ended and the koppeling made
    in one transaction. keten: the login rests on a ketenmachtiging.
    """
    typed = normalise_typed(gebruikersnaam)
    code = normalise_typed(activatiecode)
    keys = _keys(middel, typed)
    with transaction.atomic(durable=True):
        tot = blocked_until(sleutels=keys)
        if tot is not None:
            return Poging(Uitkomst.GEBLOKKEERD, tot=tot)
        before = transaction.savepoint()
        claim = _claim(keys)
        if claim is None:
            transaction.savepoint_rollback(before)
            return Poging(Uitkomst.GEBLOKKEERD, tot=blocked_until(sleutels=keys))
        aantal, tot = claim
        found = _look(middel=middel, gebruikersnaam=typed, code=code, now=now, keten=keten)
        if found.code is None or found.account is None:
            return _wrong(found=found, aantal=aantal, tot=tot, actor=actor, now=now)
        transaction.savepoint_rollback(before)  # a right combination is no wrong try: its claim is taken back
        return _redeem(
            account=found.account,
            code=found.code,
            middel=middel,
            privacy=privacy,
            voorwaarden=voorwaarden,
            akkoord_op=akkoord_op,
            keys=keys,
            actor=actor,
            now=now,
        )


def _claim(keys: list[str]) -> tuple[int, datetime | None] | None:
    """Count this try on both keys: the highest count and the end of a block it caused. None when one was blocked."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"sleutels": keys, "hoogstens": MAX_POGINGEN, "blokkade": BLOKKADE.total_seconds()})
        rows = cursor.fetchall()
    if len(rows) < len(keys):
        return None
    return max(row[0] for row in rows), max((row[1] for row in rows if row[1]), default=None)


def _look(*, middel: Middel, gebruikersnaam: str, code: str, now: datetime, keten: bool) -> _Gevonden:
    """Compare the typed code with the account's codes. The same work whether the account exists or not (R10)."""
    account = (
        Account.objects.active()
        .filter(
            gebruikersnaam=gebruikersnaam, organisatie__in=organisaties_open_to(middel=middel, now=now, keten=keten)
        )
        .select_related("organisatie")
        .first()
    )
    codes = Activatiecode.objects.filter(account_id=account.pk if account else 0).order_by("-id")[:5]
    right = None
    for row in [*codes, Activatiecode(hash="", peper="")]:
        pepper = settings.ACTIVATIECODE_PEPERS.get(row.peper)
        expected = hash_activatiecode(
            pepper=bytes.fromhex(pepper) if pepper else _pepper(),
            organisatie_id=account.organisatie_id or 0 if account else 0,
            gebruikersnaam=gebruikersnaam,
            code=code,
        )
        if hmac.compare_digest(expected, row.hash) and right is None:
            right = row
    return _Gevonden(account, right)


def organisaties_open_to(*, middel: Middel, now: datetime, keten: bool = False) -> QuerySet[Organisatie]:
    """The organisaties whose accounts this middel may be linked to and log in for (R12, D4).

    Those with the KvK number named at the makelaar, and those that gave one of these a live machtiging. With a
    ketenmachtiging (keten) only the first: who is gemachtigd does not pass that on (docs/ketenmachtiging.md).
    """
    if keten:
        return Organisatie.objects.filter(kvk_nummer=middel.kvk_nummer)
    return Organisatie.objects.filter(
        Q(kvk_nummer=middel.kvk_nummer)
        | Q(pk__in=Machtiging.objects.filter(live(now), gemachtigde__kvk_nummer=middel.kvk_nummer).values("verlener"))
    )


def _wrong(*, found: _Gevonden, aantal: int, tot: datetime | None, actor: Actor, now: datetime) -> Poging:
    account = found.account
    write_logregel(
        gebeurtenis="koppelen_geblokkeerd" if tot else "koppelpoging_onjuist",
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id if account else None,
        account_id=account.pk if account else None,
    )
    if tot:
        return Poging(Uitkomst.GEBLOKKEERD, over=0, tot=tot)
    return Poging(Uitkomst.ONJUIST, over=MAX_POGINGEN - aantal)


def _redeem(
    *,
    account: Account,
    code: Activatiecode,
    middel: Middel,
    privacy: TekstVersie,
    voorwaarden: TekstVersie,
    akkoord_op: datetime,
    keys: list[str],
    actor: Actor,
    now: datetime,
) -> Poging:
    Account.objects.select_for_update().get(pk=account.pk)
    middel = Middel.objects.select_for_update().get(pk=middel.pk)
    if middel.gestolen_op is not None:
        return Poging(Uitkomst.MIDDEL_GEBLOKKEERD)
    try:
        with transaction.atomic():
            redeemed = Activatiecode.objects.filter(
                pk=code.pk, gebruikt_op__isnull=True, ingetrokken_op__isnull=True, geldig_tot__gte=now
            ).update(gebruikt_op=now)
            if not redeemed:
                return Poging(Uitkomst.VERLOPEN)
            koppeling = Koppeling.objects.create(
                middel=middel,
                account=account,
                organisatie_id=account.organisatie_id or 0,
                sinds=now,
                laatst_gebruikt=now,
                vervalt_op=lapse_day(now),
                privacy=privacy,
                voorwaarden=voorwaarden,
                akkoord_op=akkoord_op,
            )
    except IntegrityError:
        return Poging(Uitkomst.MIDDEL_IN_GEBRUIK)  # this middel already has a koppeling at this organisatie (R12)
    for key in keys:  # one by one, in the order of CLAIM: else a try under way could wait for us crosswise
        Teller.objects.filter(sleutel=key).delete()
    write_logregel(
        gebeurtenis="gekoppeld",
        actor=Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id, adres=actor.adres),
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        object_soort="koppeling",
        object_id=koppeling.pk,
        gegevens={"privacy": privacy.versie, "voorwaarden": voorwaarden.versie},
    )
    enqueue_bericht(
        soort="gekoppeld",
        sleutel=f"gekoppeld:{koppeling.pk}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        object_id=koppeling.pk,
    )
    return Poging(Uitkomst.GEKOPPELD, koppeling_id=koppeling.pk)
