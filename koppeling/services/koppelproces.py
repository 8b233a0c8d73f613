import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import Account, Machtiging, Organisatie
from accounts.models.organisatie import live
from accounts.services.blokkades import is_blocked
from koppeling.haken import inlogwijzen
from koppeling.models import Activatiecode, Koppeling, Middel, Spoor, TekstVersie
from koppeling.rules import (
    MAX_POGINGEN,
    Poging,
    Uitkomst,
    hash_activatiecode,
    hash_try,
    lapse_day,
    normalise_typed,
)
from koppeling.services.activatiecodes import void_planned
from koppeling.services.pogingen import blocked_until, claim_try, forget_tries, name_key, pepper
from koppeling.services.sporen import record_spoor
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, write_logregel


@dataclass(frozen=True, slots=True)
class _Gevonden:
    """What a typed combination points at: the account at this middel's KvK, and its code when that is right."""

    account: Account | None
    code: Activatiecode | None


def _keys(middel: Middel, gebruikersnaam: str) -> list[str]:
    """The counters of this try: the middel's, and that of the name as typed with the KvK of the middel (R10, D9)."""
    return [
        hash_try(pepper=pepper(), soort="middel", waarde=f"{middel.pseudoniem}|{middel.kvk_nummer}"),
        name_key(kvk_nummer=middel.kvk_nummer, gebruikersnaam=gebruikersnaam),
    ]


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
    browser: str = "",
) -> Poging:
    """Try the combination that somebody typed in step 5 and link his middel when it is right (R09–R12, R14).

    Returns the outcome; a wrong try is one, so its count is never rolled back. At most five wrong tries are looked at
    per middel and per name, however many come at once; then both answer GEBLOKKEERD with `tot`. An expired or used
    right combination is VERLOPEN and counts as no try. The code is redeemed, the old login ended and the koppeling made
    in one transaction. keten: the login rests on a ketenmachtiging. browser: its keyed hash, for the spoor that each
    try leaves.
    """
    typed = normalise_typed(gebruikersnaam)
    code = normalise_typed(activatiecode)
    keys = _keys(middel, typed)
    with transaction.atomic(durable=True):
        tot = blocked_until(sleutels=keys)
        if tot is not None:
            return Poging(Uitkomst.GEBLOKKEERD, tot=tot)
        before = transaction.savepoint()
        claim = claim_try(keys)
        if claim is None:
            transaction.savepoint_rollback(before)
            return Poging(Uitkomst.GEBLOKKEERD, tot=blocked_until(sleutels=keys))
        aantal, tot = claim
        found = _look(middel=middel, gebruikersnaam=typed, code=code, now=now, keten=keten)
        if found.code is None or found.account is None:
            record_spoor(
                soort=Spoor.Soort.POGING, account=found.account, middel=middel, actor=actor, browser=browser, now=now
            )
            return _wrong(found=found, aantal=aantal, tot=tot, actor=actor, now=now)
        transaction.savepoint_rollback(before)  # a right combination is no wrong try: its claim is taken back
        poging = _redeem(
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
        linked = poging.uitkomst is Uitkomst.GEKOPPELD
        record_spoor(
            soort=Spoor.Soort.KOPPELING if linked else Spoor.Soort.POGING,
            account=found.account,
            middel=middel,
            actor=actor,
            browser=browser,
            now=now,
        )
        return poging


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
        known = settings.ACTIVATIECODE_PEPERS.get(row.peper)
        expected = hash_activatiecode(
            pepper=bytes.fromhex(known) if known else pepper(),
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
    if is_blocked(account, now):
        return Poging(Uitkomst.VERLOPEN)  # as the block made every code
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
    forget_tries(keys)
    void_planned(account=account, now=now)
    by = Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id, adres=actor.adres)
    for wijze in inlogwijzen.values():
        wijze.intrekken(account, by, now)
    write_logregel(
        gebeurtenis="gekoppeld",
        actor=by,
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
