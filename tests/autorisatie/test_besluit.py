"""What the rows say about who may open what (R22, D20)."""

from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from django.db import transaction
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, Kenmerk, OrganisatieKenmerk, TijdelijkeBlokkade
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Taak, TaakRol
from autorisatie.rules import Besluit, Inlog
from autorisatie.services import beslis, kenmerken_of_taak, list_taken
from autorisatie.services.waarom import accounts_with_access, count_with_access, explain_account, explain_kenmerk
from tests.factories import NOW, grant, make_account, make_kenmerk, make_organisatie, make_rol, make_taak

pytestmark = pytest.mark.django_db
BEFORE = NOW - timedelta(days=30)
MODELS = [Autorisatie, AutorisatieKenmerk, OrganisatieKenmerk, TaakRol]
EH3 = "urn:etoegang:core:assurance-class:loa3"


@pytest.fixture
def account() -> Account:
    """A gebruiker who may open one taak for one kenmerk."""
    account = make_account()
    assert account.organisatie is not None
    grant(account, make_rol(), make_kenmerk(account.organisatie))
    return account


@pytest.fixture
def taak() -> Taak:
    return make_taak("Leerlingdossier", make_rol())


def shown(account: Account, op: datetime = NOW, inlog: Inlog | None = None) -> list[str]:
    """The taken on the overzicht."""
    overzicht = list_taken(account=account, inlog=inlog or Inlog(EH3), now=op)
    return [regel.naam for _, taken in overzicht.onderwerpen for regel in taken]


def test_a_grant_opens_its_taak_for_its_kenmerk_only(account: Account, taak: Taak) -> None:
    """R22."""
    assert account.organisatie is not None
    assert beslis(account, taak, Kenmerk.objects.get(), NOW).mag
    assert shown(account) == ["Leerlingdossier"]
    other = make_kenmerk(account.organisatie, "30XX")
    assert beslis(account, taak, other, NOW).keten[-1] == "De rol geldt niet voor kenmerk 30XX."
    assert kenmerken_of_taak(account, taak, NOW) == [Kenmerk.objects.get(waarde="21AZ")]


@pytest.mark.parametrize("model", MODELS)
def test_what_ended_counts_no_more_but_still_did_before(account: Account, taak: Taak, model: type[Model]) -> None:
    """D20: grant, its kenmerk, whose the kenmerk is and what the rol opens each carry a period, and each must hold."""
    model._default_manager.update(tot=BEFORE)
    kenmerk = Kenmerk.objects.get()
    assert not beslis(account, taak, kenmerk, NOW).mag
    assert not beslis(account, taak, kenmerk, BEFORE).mag
    assert shown(account) == []
    just_before = BEFORE - timedelta(microseconds=1)
    assert beslis(account, taak, kenmerk, just_before).mag
    assert shown(account, just_before) == ["Leerlingdossier"]


@pytest.mark.parametrize("model", MODELS)
def test_nothing_holds_before_it_began(account: Account, taak: Taak, model: type[Model]) -> None:
    model._default_manager.update(van=NOW + timedelta(seconds=1))
    assert not beslis(account, taak, Kenmerk.objects.get(), NOW).mag
    assert shown(account) == []


def test_the_kenmerk_of_another_organisatie_opens_nothing_even_when_it_was_granted(
    account: Account, taak: Taak
) -> None:
    """R22, D3: a row that no service would write is still not believed."""
    foreign = make_kenmerk(make_organisatie("Een ander bestuur"), "30XX")
    AutorisatieKenmerk.objects.update(kenmerk=foreign)
    assert beslis(account, taak, foreign, NOW).keten[-1] == "Kenmerk 30XX hoort niet bij Stichting De Regenboog."
    assert shown(account) == []


@pytest.mark.parametrize(
    ("whose", "field", "reden"),
    [
        ("account", "beeindigd_op", "is beëindigd."),
        ("account", "gemaakt_op", "was er nog niet."),
        ("organisatie", "beeindigd_op", "telt niet: de organisatie was er nog niet, of is beëindigd."),
        ("organisatie", "gemaakt_op", "telt niet: de organisatie was er nog niet, of is beëindigd."),
    ],
)
def test_an_account_that_is_not_there_may_nothing(
    account: Account, taak: Taak, whose: str, field: str, reden: str
) -> None:
    """R20, D20: nor before it was made, and the chain says which of them it is."""
    row = account if whose == "account" else account.organisatie
    assert row is not None
    setattr(row, field, NOW if field == "beeindigd_op" else NOW + timedelta(seconds=1))
    row.save()
    assert beslis(account, taak, Kenmerk.objects.get(), NOW).keten[-1].endswith(f"De Regenboog {reden}")
    assert shown(account) == []


def test_an_account_that_is_kept_out_may_nothing_for_that_while(account: Account, taak: Taak) -> None:
    """R16, D20."""
    TijdelijkeBlokkade.objects.create(account=account, van=NOW, tot=NOW + timedelta(days=1))
    assert beslis(account, taak, Kenmerk.objects.get(), NOW).keten[-1].endswith("is tijdelijk geblokkeerd.")
    assert beslis(account, taak, Kenmerk.objects.get(), NOW + timedelta(days=1)).mag


def test_a_taak_that_asks_for_no_kenmerk_opens_with_the_rol_alone(account: Account) -> None:
    zonder = make_taak("Nieuws", make_rol(), kenmerksoorten=())
    assert beslis(account, zonder, None, NOW).mag
    assert shown(account) == ["Nieuws"]


# --- the page and the decision say the same -------------------------------------------------------------------------

T = TypeVar("T")


def usually(common: T, *others: T) -> st.SearchStrategy[T]:
    """Mostly what is right, so that a world has few flaws and each of them decides."""
    return st.sampled_from([common] * 2 * len(others) + list(others))


periods = usually(
    (BEFORE, None), (BEFORE, NOW), (BEFORE, NOW + timedelta(days=1)), (NOW, None), (NOW + timedelta(seconds=1), None)
)
VESTIGINGEN = ("000000000001", "000000000002")


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_overzicht_beslis_and_waarom_never_disagree(db: None, data: st.DataObject) -> None:
    """R22, D20: the menu, the check behind it and the explanation, for a person and for a kenmerk, now and before."""
    with transaction.atomic():
        account, taak, kenmerken = _draw_rows(data)
        loa = data.draw(usually("loa3", "loa4", "loa2plus", "?"))
        vestigingen = data.draw(usually((), VESTIGINGEN[:1], VESTIGINGEN))
        inlog = Inlog(f"urn:etoegang:core:assurance-class:{loa}", frozenset(vestigingen))
        op = data.draw(usually(NOW, NOW - timedelta(microseconds=1), BEFORE))
        outcomes = {kenmerk: beslis(account, taak, kenmerk, op, inlog) for kenmerk in [None, *kenmerken]}
        allowed = [kenmerk for kenmerk, besluit in outcomes.items() if besluit.mag]
        assert shown(account, op, inlog) == ([taak.naam] if allowed else [])
        assert kenmerken_of_taak(account, taak, op, inlog) == [k for k in allowed if k is not None]
        _check_explanation(account, op, inlog, outcomes)
        _check_viewers(account, taak, kenmerken, op)
        transaction.set_rollback(True)


def _check_explanation(account: Account, op: datetime, inlog: Inlog, outcomes: dict[Kenmerk | None, Besluit]) -> None:
    """Each yes with its whole chain; each taak of a rol she has or had is open, or says what is missing."""
    uitleg = explain_account(account=account, op=op, inlog=inlog)
    explained: dict[Kenmerk | None, set[str]] = {}
    for rij in uitleg.open:
        if not rij.kenmerken:
            explained[None] = set(rij.keten)
        explained.update((kenmerk, {*rij.keten, *keten}) for kenmerk, keten in rij.kenmerken)
    assert explained == {kenmerk: set(besluit.keten) for kenmerk, besluit in outcomes.items() if besluit.mag}
    for dicht in uitleg.dicht + uitleg.overig:
        assert not dicht.besluit.mag
        assert dicht.kenmerk not in explained


def _check_viewers(account: Account, taak: Taak, kenmerken: list[Kenmerk], op: datetime) -> None:
    assert account.organisatie is not None
    for kenmerk in kenmerken:
        besluit = beslis(account, taak, kenmerk, op)
        viewers = list(accounts_with_access(kenmerk=kenmerk, organisatie=account.organisatie, op=op))
        assert viewers == ([account] if besluit.mag else [])
        assert count_with_access(kenmerken=[kenmerk], organisatie=account.organisatie, op=op) == (
            {kenmerk.pk: 1} if besluit.mag else {}
        )
        [kijker] = explain_kenmerk(kenmerk=kenmerk, accounts=[account], op=op)
        assert [keten for _, keten in kijker.taken] == ([besluit.keten] if besluit.mag else [])


def _draw_rows(data: st.DataObject) -> tuple[Account, Taak, list[Kenmerk]]:
    """One taak, two rollen and two kenmerken, of which any period, kind, level or owner may be wrong."""
    mine, other = make_organisatie(), make_organisatie("Een ander bestuur")
    account = make_account(mine)
    taak = make_taak(kenmerksoorten=data.draw(usually(("brin", "gemeentecode"), ("brin",), ("gemeentecode",), ())))
    if taak.portaal is not None:
        taak.portaal.niveau = data.draw(usually("EH3", "EH4", ""))
        taak.portaal.save()
    kenmerken = []
    for soort, waarde in data.draw(usually([("brin", "21AZ")], [("brin", "21AZ"), ("gemeentecode", "0014")])):
        nummer = data.draw(usually("", *VESTIGINGEN))
        kenmerk = Kenmerk.objects.create(soort=soort, waarde=waarde, kvk_vestigingsnummer=nummer)
        kenmerken.append(kenmerk)
        van, tot = data.draw(periods)
        owner = data.draw(usually(mine, other))
        OrganisatieKenmerk.objects.create(organisatie=owner, kenmerk=kenmerk, van=van, tot=tot)
    for naam in data.draw(usually(["een rol"], ["een rol", "nog een rol"])):
        rol = make_rol(naam, data.draw(usually(("brin",), ("gemeentecode",))))
        van, tot = data.draw(periods)
        TaakRol.objects.create(rol=rol, taak=taak, van=van, tot=tot)
        van, tot = data.draw(periods)
        autorisatie = Autorisatie.objects.create(account=account, rol=rol, van=van, tot=tot)
        for kenmerk in data.draw(usually(kenmerken, [])):
            van, tot = data.draw(periods)
            AutorisatieKenmerk.objects.create(autorisatie=autorisatie, kenmerk=kenmerk, van=van, tot=tot)
    return account, taak, kenmerken
