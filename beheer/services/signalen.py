"""Reads what happened for signalen, apart from the acts themselves: nothing gets slower or fails because of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Min, QuerySet

from accounts.models import Account
from autorisatie.models import Autorisatie
from beheer.emails.signalen import SIGNAAL, SIGNAAL_DUO, SIGNAAL_HERINNERING
from beheer.models import Signaal, Signaalgrens, Signaalstand
from beheer.rules.signalen import (
    BEWAARD,
    SPOREN_TERUG,
    STANDAARD,
    Brief,
    Grens,
    Koppelfeiten,
    Persoon,
    Poging,
    Soort,
    find_fresh,
    find_veel,
    is_due,
    judge_koppeling,
    judge_middel,
)
from beheer.services.signaaleerder import covered_letters, covered_pogingen, latest_signaal
from beheer.services.signaalpersonen import find_second, gezag_may_answer
from koppeling.models import Koppeling, Spoor
from verantwoording.models import Bericht, Logregel, Taakrun
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, taakrun, write_logregel

ONTSTAAN: Final = "signaal_ontstaan"
VERSTUURD: Final = "activatiecode_verstuurd"
ANDERE_MAIL: Final = ("email_bevestigd", "account_gewijzigd")
GEGEVEN: Final = ("rol_gegeven", "rol_gegeven_tot", "rol_gewijzigd")
TAAK: Final = Actor(ActorSoort.TAAK, naam="signalen")


@dataclass(frozen=True, slots=True)
class _Gevonden:
    """Something that is a signaal, if it is not part of one that there is already."""

    soort: Soort
    basis: int | str
    organisatie_id: int
    account_id: int | None
    door: Collection[int]
    over: Collection[int]
    van: datetime
    tot: datetime
    aantal: int = 1


Grenzen = Mapping[Soort, Grens]


def raise_signalen(*, now: datetime) -> int | None:
    """Read what happened since the last run, and raise and mail what a second person should look at, each once.

    In one transaction behind one lock, so a kill leaves nothing half done: run twice, late or at once it does the same.
    Looks back SPOREN_TERUG, because what began first may commit last. Returns how many signalen are new, None when
    another one is at work. The first run ever reads that last hour only.
    """
    with transaction.atomic():
        Signaalstand.objects.get_or_create(pk=1)
        stand = Signaalstand.objects.select_for_update(skip_locked=True).filter(pk=1).first()
        if stand is None:
            return None
        grenzen = read_grenzen()
        settled = _last_line_before(now - SPOREN_TERUG, stand.regel_id or 0)
        lines = Logregel.objects.filter(pk__gt=settled if stand.regel_id is None else stand.regel_id, op__lte=now)
        sporen = _read_sporen((stand.gezien_op or now) - SPOREN_TERUG, now)
        found = [
            *_find_mail(lines, grenzen[Soort.MAIL_VOOR_CODE]),
            *_find_koppelingen(sporen, grenzen),
            *_find_middelen(sporen, grenzen[Soort.MIDDEL_TWEE_MENSEN]),
            *_find_veel_rollen(lines, grenzen[Soort.VEEL_ROLLEN], now),
        ]
        new = sum(_note(one, grenzen[one.soort], now) for one in found)
        stand.regel_id, stand.gezien_op = settled, now
        stand.save(update_fields=["regel_id", "gezien_op"])
    return new


def read_grenzen() -> dict[Soort, Grens]:
    """The thresholds as staff set them."""
    return dict(STANDAARD) | {Soort(row.soort): row.grens for row in Signaalgrens.objects.all()}


def watch_signalen(*, now: datetime) -> Taakrun | None:
    """Remind once who did not answer, then tell DUO, and forget what is too old (R34).

    Safe to run twice, late, or to kill. None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="signalen", now=now) as run:
        if run is None:
            return None
        grenzen = read_grenzen()
        rows = Signaal.objects.filter(staat=Signaal.Staat.OPEN, geescaleerd_op=None).order_by("pk")
        for pk in rows.values_list("pk", flat=True):
            with transaction.atomic():
                signaal = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
                if signaal is not None:
                    run.count(**_urge(signaal, grenzen[Soort(signaal.soort)], now))
        with transaction.atomic():
            deleted, _ = Signaal.objects.filter(gemaakt_op__lte=now - BEWAARD).delete()
            run.count(verwijderd=deleted)
    return run.taakrun


def _urge(signaal: Signaal, grens: Grens, now: datetime) -> dict[str, int]:
    """What is due for a signaal that nobody answered: after an outage both may be, and then DUO alone is told."""
    if is_due(signaal.gemaakt_op, grens.escaleren, now):
        _set(signaal, "geescaleerd_op", now)
        mail_signaal(SIGNAAL_DUO, signaal, now)
        return {"geescaleerd": 1}
    if signaal.herinnerd_op is None and is_due(signaal.gemaakt_op, grens.herinneren, now):
        _set(signaal, "herinnerd_op", now)
        mail_signaal(SIGNAAL_HERINNERING, signaal, now)
        return {"herinnerd": 1}
    return {}


def _last_line_before(moment: datetime, after: int) -> int:
    """The last line of the log that is older than this; read from its end, so it costs what happened since."""
    rows = Logregel.objects.filter(pk__gt=after, op__lt=moment).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or after


def _find_mail(lines: QuerySet[Logregel], grens: Grens) -> Iterable[_Gevonden]:
    codes: dict[int, list[Logregel]] = defaultdict(list)
    for line in lines.filter(gebeurtenis=VERSTUURD, account_id__isnull=False).order_by("pk"):
        codes[line.account_id or 0].append(line)
    if not codes:
        return
    since = min(line.op for rows in codes.values() for line in rows) - timedelta(hours=grens.uren)
    changes = Logregel.objects.filter(account_id__in=codes, gebeurtenis__in=ANDERE_MAIL, op__gte=since).order_by("pk")
    for change in changes:
        if change.gebeurtenis == "account_gewijzigd" and "e-mailadres" not in change.gegevens["velden"].split(", "):
            continue
        account = change.account_id or 0
        after = [code.op for code in codes[account] if grens.holds(change.op, code.op)]
        if after and change.organisatie_id:
            door = {change.actor_id} if change.actor_soort in {ActorSoort.ACCOUNT, ActorSoort.STAF} else set()
            yield _Gevonden(
                soort=Soort.MAIL_VOOR_CODE,
                basis=account,
                organisatie_id=change.organisatie_id,
                account_id=account,
                door=[pk for pk in door if pk] or [account],
                over=[account],
                van=change.op,
                tot=max(after),
            )


def _read_sporen(since: datetime, now: datetime) -> list[Spoor]:
    """The tries that were made since then, each on an account that exists."""
    tries = Spoor.objects.filter(op__gte=since, op__lte=now, account__organisatie__isnull=False, middel__isnull=False)
    return list(tries.exclude(soort=Spoor.Soort.BRIEF).select_related("account").order_by("op", "pk"))


def _find_koppelingen(sporen: Collection[Spoor], grenzen: Grenzen) -> Iterable[_Gevonden]:
    if not sporen:
        return
    hours = max(grenzen[Soort.ZELF_GEKOPPELD].uren, grenzen[Soort.BRIEF_EN_KOPPELING].uren)
    accounts = {spoor.account_id for spoor in sporen}
    letters = Spoor.objects.filter(
        soort=Spoor.Soort.BRIEF, account__in=accounts, op__gte=_begin_of(sporen) - timedelta(hours=hours)
    )
    brieven: dict[int | None, list[Spoor]] = defaultdict(list)
    for letter in letters:
        brieven[letter.account_id].append(letter)
    if not brieven:
        return
    registered = {
        line.account_id: line
        for line in Logregel.objects.filter(account_id__in=brieven, gebeurtenis="account_aangemeld")
    }
    owners = _owners_of({spoor.middel_id for spoor in sporen})
    beoordeeld = covered_letters([account for account in brieven if account is not None])
    for spoor in sporen:
        account, line = spoor.account, registered.get(spoor.account_id)
        if account is None or account.organisatie_id is None or spoor.account_id not in brieven:
            continue
        eigen = (owners[spoor.middel_id] | {spoor.door_id or 0}) - {0, account.pk}
        feiten = Koppelfeiten(
            op=spoor.op,
            gelukt=spoor.soort == Spoor.Soort.KOPPELING,
            brieven=[
                Brief(letter.op, letter.door_id, bool(spoor.browser) and letter.browser == spoor.browser)
                for letter in brieven[account.pk]
                if letter.op <= spoor.op
            ],
            aangemeld_op=line.op if line else account.gemaakt_op,
            aangemeld_door=line.actor_id if line else None,
            eigen=frozenset(eigen),
            beoordeeld=beoordeeld[account.pk],
        )
        judged = judge_koppeling(feiten, grenzen)
        if judged is not None:
            soort, brief = judged
            yield _Gevonden(
                soort=soort,
                basis=account.pk,
                organisatie_id=account.organisatie_id,
                account_id=account.pk,
                door=sorted({brief.door or 0, *eigen} - {0}),
                over=[account.pk],
                van=brief.op,
                tot=spoor.op,
            )


def _begin_of(sporen: Collection[Spoor]) -> datetime:
    """When the first of these was left."""
    return min(spoor.op for spoor in sporen)


def _owners_of(middelen: Collection[int | None]) -> Mapping[int | None, set[int]]:
    """Which accounts each of these middelen is or was linked to."""
    owners: dict[int | None, set[int]] = defaultdict(set)
    for middel, account in Koppeling.objects.filter(middel__in=middelen).values_list("middel", "account"):
        owners[middel].add(account)
    return owners


def _find_middelen(sporen: Collection[Spoor], grens: Grens) -> Iterable[_Gevonden]:
    if not sporen:
        return
    middelen = {spoor.middel_id for spoor in sporen}
    tries: dict[int | None, list[tuple[Account, datetime]]] = defaultdict(list)
    earlier = Spoor.objects.filter(
        middel__in=middelen, account__isnull=False, op__gte=_begin_of(sporen) - timedelta(hours=grens.uren)
    )
    for spoor in earlier.select_related("account").order_by("op", "pk"):
        if spoor.account is not None:
            tries[spoor.middel_id].append((spoor.account, spoor.op))
    owners: dict[int | None, list[Account]] = defaultdict(list)
    for koppeling in Koppeling.objects.live().filter(middel__in=middelen).select_related("account"):
        owners[koppeling.middel_id].append(koppeling.account)
    for middel, tried in tries.items():
        last = tried[-1][1]
        rows = [*((account, last) for account in owners[middel]), *tried]
        judged, people = judge_middel(
            [Poging(op, one.pk, Persoon(one.get_full_name(), one.email)) for one, op in rows], grens
        )
        by_organisatie: dict[int, list[Poging]] = defaultdict(list)
        known = {one.pk: one for one, _ in rows}
        for poging in judged:
            by_organisatie[known[poging.account].organisatie_id or 0].append(poging)
        for organisatie_id, hier in by_organisatie.items():
            basis, van = f"{middel}:{organisatie_id}", min(poging.op for poging in judged)
            answered = covered_pogingen(basis, van)
            new = find_fresh(judged, hier, grens, answered) if answered else hier
            if not new:
                continue
            yield _Gevonden(
                soort=Soort.MIDDEL_TWEE_MENSEN,
                basis=basis,
                organisatie_id=organisatie_id,
                account_id=new[-1].account,
                door=[account.pk for account in owners[middel]],
                over=sorted({poging.account for poging in new}),
                van=min(poging.op for poging in new) if answered else van,
                tot=last,
                aantal=people,
            )


def _find_veel_rollen(lines: QuerySet[Logregel], grens: Grens, now: datetime) -> Iterable[_Gevonden]:
    new = lines.filter(gebeurtenis__in=GEGEVEN, actor_soort=ActorSoort.ACCOUNT, actor_id__isnull=False)
    givers = (
        new.values_list("organisatie_id", "actor_id").annotate(begin=Min("op")).order_by("organisatie_id", "actor_id")
    )
    for organisatie_id, actor_id, begin in givers:
        signaal = latest_signaal(Soort.VEEL_ROLLEN, actor_id)
        rows = grants_of(organisatie_id, actor_id, begin - timedelta(hours=grens.uren))
        if signaal is not None:
            rows = [row for row in rows if row.op > signaal.tot]
            if signaal.staat == Signaal.Staat.OPEN:
                more = [row for row in rows if grens.holds(signaal.van, row.op)]
                rows = rows[len(more) :]
                if more:
                    yield _grants(organisatie_id, actor_id, more, now)
        while stretch := find_veel([row.op for row in rows], grens):
            first, last = stretch
            yield _grants(organisatie_id, actor_id, rows[first : last + 1], now)
            rows = rows[last + 1 :]


def _grants(organisatie_id: int, actor_id: int, rows: Collection[Logregel], now: datetime) -> _Gevonden:
    receivers = {row.account_id for row in rows}
    beheerders = Account.objects.filter(organisatie=organisatie_id, pk__in=receivers).beheerders(now)
    return _Gevonden(
        soort=Soort.VEEL_ROLLEN,
        basis=actor_id,
        organisatie_id=organisatie_id,
        account_id=None,
        door=[actor_id],
        over=sorted(beheerders.values_list("pk", flat=True)),
        van=min(row.op for row in rows),
        tot=max(row.op for row in rows),
        aantal=len(rows),
    )


def grants_of(organisatie_id: int, actor_id: int, since: datetime, until: datetime | None = None) -> list[Logregel]:
    """The lines by which somebody gave rollen or kenmerken of the own organisatie since then, in their order.

    Those by machtiging are left out: they are given one by one, within a scope that two organisaties agreed on.
    """
    own = Logregel.objects.filter(organisatie_id=organisatie_id)
    before = own.filter(op__lt=since).order_by("-pk").values_list("pk", flat=True).first() or 0
    given = own.filter(
        pk__gt=before, op__gte=since, gebeurtenis__in=GEGEVEN, actor_soort=ActorSoort.ACCOUNT, actor_id=actor_id
    )
    rows = list(given.filter(op__lte=until) if until else given)
    namens = set(
        Autorisatie.objects.filter(pk__in={row.object_id for row in rows}, machtiging__isnull=False).values_list(
            "pk", flat=True
        )
    )
    rows = [row for row in rows if row.object_id not in namens and row.gegevens.get("erbij") != "geen"]
    return sorted(rows, key=lambda row: (row.op, row.pk))


def _note(found: _Gevonden, grens: Grens, now: datetime) -> bool:
    """Raise it, unless it belongs to a signaal that there is: an open one grows, an answered one is not asked again."""
    last = latest_signaal(found.soort, found.basis)
    if last is not None and last.staat == Signaal.Staat.OPEN:
        if found.tot > last.tot and found.soort is Soort.VEEL_ROLLEN:
            last.aantal += found.aantal
        else:
            last.aantal = max(last.aantal, found.aantal)
        last.tot = max(last.tot, found.tot)
        last.over = sorted({*last.over, *found.over})
        last.door = sorted({*last.door, *found.door})
        last.save(update_fields=["tot", "over", "door", "aantal"])
        return False
    if last is not None and found.van <= last.tot and {*found.over} <= {*last.over}:
        return False
    signaal = Signaal.objects.create(
        soort=found.soort,
        basis=str(found.basis),
        organisatie_id=found.organisatie_id,
        account_id=found.account_id,
        door=list(found.door),
        over=list(found.over),
        aantal=found.aantal,
        van=found.van,
        tot=found.tot,
        gemaakt_op=now,
    )
    # Without organisatie and account: whoever did it would read it in the log of either.
    write_logregel(
        gebeurtenis=ONTSTAAN,
        actor=TAAK,
        now=now,
        object_soort="signaal",
        object_id=signaal.pk,
        gegevens={"wat": signaal.naam},
    )
    if find_second(signaal, now) is not None or gezag_may_answer(signaal):
        mail_signaal(SIGNAAL, signaal, now)
    else:
        _set(signaal, "geescaleerd_op", now)
        mail_signaal(SIGNAAL_DUO, signaal, now)
    return True


def _set(signaal: Signaal, veld: str, now: datetime) -> None:
    setattr(signaal, veld, now)
    signaal.save(update_fields=[veld])


def mail_signaal(soort: str, signaal: Signaal, now: datetime) -> None:
    """Write a mail of this berichtsoort about a signaal: once, before other mail."""
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{signaal.pk}",
        now=now,
        organisatie_id=signaal.organisatie_id,
        object_id=signaal.pk,
        prioriteit=Bericht.Prioriteit.HOOG,
    )
