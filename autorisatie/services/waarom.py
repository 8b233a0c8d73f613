"""Why somebody can open what (D20): the chains of `decide` for many taken at once, at any moment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account, AccountQuerySet, Kenmerk, Organisatie, OrganisatieKenmerk, TijdelijkeBlokkade
from accounts.models.organisatie import live
from autorisatie.models import AutorisatieKenmerk, Rol, Taak, TaakRol
from autorisatie.rules import Besluit, Feiten, Inlog, KenmerkFeit, decide
from autorisatie.services.besluit import Momentopname, fact_of
from koppeling.haken import read_houders
from koppeling.models import Koppeling
from verantwoording.models import Logregel


@dataclass(frozen=True, slots=True)
class Geopend:
    """A taak that can be opened. `keten` is what holds for all its kenmerken; each kenmerk adds sentences of its own.

    kenmerken is empty for a taak that needs none.
    """

    taak: Taak
    keten: tuple[str, ...]
    kenmerken: list[tuple[Kenmerk, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Dicht:
    """A taak that cannot be opened, for one kenmerk or at all, and the first link that is missing."""

    taak: Taak
    kenmerk: Kenmerk | None
    besluit: Besluit

    @property
    def ontbreekt(self) -> str:
        """The first missing link, in a sentence."""
        return self.besluit.keten[-1]


@dataclass(frozen=True, slots=True)
class Uitleg:
    """What an account can open at a moment, and why; and what is missing for the rest.

    dicht: taken of rollen that it has or had. overig: taken of other rollen that exist for this soort organisatie. Both
    are empty when the account does not count, of which belet is the reason (`Momentopname.belet`). kan_inloggen:
    whether there is a middel for it; inloggen says that in a sentence.
    """

    op: datetime
    belet: str
    kan_inloggen: bool
    inloggen: str
    open: list[Geopend]
    dicht: list[Dicht]
    overig: list[Dicht]


@dataclass(frozen=True, slots=True)
class Kijker:
    """Somebody who can open taken for a kenmerk, with the chain for each. kan_inloggen: there is a middel for it."""

    account: Account
    kan_inloggen: bool
    taken: list[tuple[Taak, tuple[str, ...]]]


def last_inlog(*, account: Account, op: datetime) -> Inlog | None:
    """The level of the last login up to `op`, for the level that a taak asks for; None when there was none."""
    logins = Logregel.objects.filter(account_id=account.pk, gebeurtenis="ingelogd", op__lte=op).order_by("-id")
    gegevens = logins.values_list("gegevens", flat=True).first()
    return Inlog(loa=gegevens["loa"]) if gegevens and gegevens.get("loa") else None


def explain_account(
    *, account: Account, op: datetime, inlog: Inlog | None = None, namens: Organisatie | None = None
) -> Uitleg:
    """What the account can open at `op`, why, and what is missing for the rest (R22, D20).

    Each answer comes out of `decide`, as that of `beslis` does. inlog and namens as there. Nine queries, and of who was
    never linked those of the other ways to log in.
    """
    taken = list(Taak.objects.select_related("onderwerp", "portaal"))
    opname = Momentopname([account], taken, op, namens)
    kenmerken = {kenmerk.pk: kenmerk for kenmerk in Kenmerk.objects.filter(pk__in=opname.granted(account))}
    ends = _ends_of_ownership(namens or account.organisatie, kenmerken, op)
    of_soort = set(Rol.objects.filter(soorten__organisaties=account.organisatie).values_list("pk", flat=True))
    kan_inloggen, inloggen = _read_koppeling(account, op)
    uitleg = Uitleg(op, opname.belet(account), kan_inloggen, inloggen, [], [], [])
    for taak in taken:
        feiten = opname.feiten(account, taak)
        outcomes = _decide_all(feiten, kenmerken, ends, inlog)
        _add_open(uitleg, taak, outcomes)
        if uitleg.belet:
            continue
        dicht = [Dicht(taak, kenmerk, besluit) for kenmerk, besluit in outcomes if not besluit.mag]
        if feiten.rollen or feiten.voorbij:
            uitleg.dicht.extend(dicht)
        elif of_soort & opname.openers(taak):
            uitleg.overig.extend(dicht)
    return uitleg


def accounts_with_access(*, kenmerk: Kenmerk, organisatie: Organisatie, op: datetime) -> AccountQuerySet:
    """The accounts of the organisatie that can open at least one taak for this kenmerk at `op`, in the order of a list.

    The same decision as `beslis` without a login, for all accounts at once (R22); a property test holds the two
    together.
    """
    grants = _opening_grants([kenmerk], organisatie, op).filter(autorisatie__account=OuterRef("pk"))
    accounts = Account.objects.of_organisatie(organisatie).filter(Exists(grants))
    return accounts.order_by("achternaam", "voornaam", "id")


def count_with_access(*, kenmerken: Sequence[Kenmerk], organisatie: Organisatie, op: datetime) -> dict[int, int]:
    """For each of these kenmerken how many accounts `accounts_with_access` gives; those without any are left out."""
    grants = _opening_grants(kenmerken, organisatie, op)
    counts = grants.values("kenmerk").annotate(aantal=Count("autorisatie__account", distinct=True))
    return dict(counts.values_list("kenmerk", "aantal"))


def _opening_grants(
    kenmerken: Sequence[Kenmerk], organisatie: Organisatie, op: datetime
) -> QuerySet[AutorisatieKenmerk]:
    """The grants by which accounts of the organisatie can open a taak for one of these kenmerken at `op`."""
    opens = TaakRol.objects.filter(live(op), Q(taak__portaal=None) | ~Q(taak__portaal__niveau=""))
    kinds = list(opens.values_list("rol_id", "rol__kenmerksoorten", "taak__kenmerksoorten"))
    of_kind = Q(pk__in=[])
    for soort in {kenmerk.soort for kenmerk in kenmerken}:
        rollen = {rol for rol, of_rol, of_taak in kinds if soort in of_rol and soort in of_taak}
        of_kind |= Q(kenmerk__soort=soort, autorisatie__rol__in=rollen)
    owned = OrganisatieKenmerk.objects.filter(live(op), organisatie=organisatie, kenmerk=OuterRef("kenmerk"))
    account = "autorisatie__account__"
    rows = AutorisatieKenmerk.objects.filter(
        live(op),
        live(op, "autorisatie__"),
        of_kind,
        Exists(owned),
        kenmerk__in=kenmerken,
        autorisatie__machtiging=None,
        **{f"{account}organisatie": organisatie},
    )
    blocked = TijdelijkeBlokkade.objects.filter(live(op), account=OuterRef("autorisatie__account"))
    rows = rows.filter(~Exists(blocked))
    for row in (account, f"{account}organisatie__"):  # as `is_active` has it
        ended = f"{row}beeindigd_op"
        rows = rows.filter(Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": op}), **{f"{row}gemaakt_op__lte": op})
    return rows


def explain_kenmerk(*, kenmerk: Kenmerk, accounts: Sequence[Account], op: datetime) -> list[Kijker]:
    """For these accounts, all of one organisatie, which taken they can open for the kenmerk at `op`, and why.

    Seven queries, however many accounts there are, and of who is not linked those of the other ways to log in.
    """
    taken = list(Taak.objects.filter(kenmerksoorten__contains=[kenmerk.soort]).select_related("onderwerp", "portaal"))
    opname = Momentopname(accounts, taken, op)
    organisatie = accounts[0].organisatie if accounts else None
    ends = _ends_of_ownership(organisatie, {kenmerk.pk}, op)
    linked = set(_koppelingen(op).filter(account__in=accounts).values_list("account", flat=True))
    others = [account.pk for account in accounts if account.pk not in linked]
    houders = read_houders(others, op) if others else {}
    able = linked | {account for account, houder in houders.items() if houder.geldig}
    kijkers = []
    for account in accounts:
        found = []
        for taak in taken:
            besluit = decide(opname.feiten(account, taak), _fact(kenmerk, ends), None)
            if besluit.mag:
                found.append((taak, besluit.keten))
        kijkers.append(Kijker(account, account.pk in able, found))
    return kijkers


Einden = dict[int, datetime | None]
"""Of kenmerken that are or were the organisatie's: when they ceased to be hers; None for those that are still."""


def _ends_of_ownership(organisatie: Organisatie | None, kenmerken: Collection[int], op: datetime) -> Einden:
    ends: Einden = {}
    rows = OrganisatieKenmerk.objects.filter(organisatie=organisatie, kenmerk__in=kenmerken, van__lte=op)
    for kenmerk, tot in rows.order_by("van").values_list("kenmerk", "tot"):
        still = tot is None or tot > op
        if still or ends.get(kenmerk, tot) is not None:
            ends[kenmerk] = None if still else tot
    return ends


def _fact(kenmerk: Kenmerk, ends: Einden) -> KenmerkFeit:
    tot = ends.get(kenmerk.pk)
    return fact_of(kenmerk, eigen=kenmerk.pk in ends and tot is None, tot=tot)


def _decide_all(
    feiten: Feiten, kenmerken: dict[int, Kenmerk], ends: Einden, inlog: Inlog | None
) -> list[tuple[Kenmerk | None, Besluit]]:
    """The decision for each kenmerk that could matter: of the taak's kinds, and granted. Without one: on none."""
    granted = {pk for rol in feiten.rollen for pk in rol.kenmerken}
    fitting = [kenmerk for pk, kenmerk in kenmerken.items() if pk in granted and kenmerk.soort in feiten.kenmerksoorten]
    if not fitting:
        return [(None, decide(feiten, None, inlog))]
    return [(kenmerk, decide(feiten, _fact(kenmerk, ends), inlog)) for kenmerk in fitting]


def _add_open(uitleg: Uitleg, taak: Taak, outcomes: Sequence[tuple[Kenmerk | None, Besluit]]) -> None:
    """The taak once, with what all its chains share told once."""
    allowed = [(kenmerk, besluit.keten) for kenmerk, besluit in outcomes if besluit.mag]
    if not allowed:
        return
    _, first = allowed[0]
    shared = tuple(zin for zin in first if all(zin in keten for _, keten in allowed))
    own = [
        (kenmerk, tuple(zin for zin in keten if zin not in shared)) for kenmerk, keten in allowed if kenmerk is not None
    ]
    uitleg.open.append(Geopend(taak, shared, own))


def _koppelingen(op: datetime) -> QuerySet[Koppeling]:
    return Koppeling.objects.filter(Q(beeindigd_op__isnull=True) | Q(beeindigd_op__gt=op), sinds__lte=op)


def _read_koppeling(account: Account, op: datetime) -> tuple[bool, str]:
    """Whether there was a middel to log in with at `op`, linked or of another way, and that in a sentence."""
    koppeling = Koppeling.objects.filter(account=account, sinds__lte=op).order_by("-sinds").first()
    if koppeling is None:
        houder = read_houders([account.pk], op).get(account.pk)
        if houder is not None and houder.geldig:
            return True, "Er is nog geen eHerkenningsmiddel aan het account gekoppeld. Inloggen kan nog met een token."
        return False, "Er is nog nooit een eHerkenningsmiddel aan het account gekoppeld: inloggen kan niet."
    sinds = date_format(timezone.localdate(koppeling.sinds), "j F Y")
    if koppeling.beeindigd_op is None or koppeling.beeindigd_op > op:
        return True, f"Er is een eHerkenningsmiddel gekoppeld, sinds {sinds}."
    einde = date_format(timezone.localdate(koppeling.beeindigd_op), "j F Y")
    return False, f"Er is geen eHerkenningsmiddel gekoppeld: inloggen kan niet. De koppeling eindigde op {einde}."
