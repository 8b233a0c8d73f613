"""Every view of the beheerder, for everybody who is not one of this organisatie's."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from autorisatie.models import AutorisatieKenmerk
from beheer.models import Signaal
from beheer.urls import urlpatterns
from koppeling.models import Koppeling
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_signaal,
    make_staf,
    propose_rol,
)
from verantwoording.models import Bericht, Logregel, Voorstel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
OF_THE_GEZAG = {"machtiging_bevestigen", "signaal_beantwoorden"}
PLACES = {
    str(pattern.name): list(pattern.pattern.converters)
    for pattern in urlpatterns
    if not str(pattern.name).startswith("beheerder_aanvragen") and pattern.name not in OF_THE_GEZAG
}
"""What stands between < and > in the address of each view, bar those of the bevoegd gezag, who needs no login."""
VIEWS = list(PLACES)
OF_SOMEBODY = [name for name in VIEWS if "pk" in PLACES[name] and not name.startswith(("machtiging", "hercert"))]
ELSEWHERE = [name for name in VIEWS if {"lijst", "contactpersoon", "contract", "aanbod"} & {*PLACES[name]}]
ELSEWHERE += [name for name in VIEWS if name.startswith(("machtiging", "hercert")) and PLACES[name]]
"""Views of objects that `target` does not have: here they are refused; that they open, their own tests show."""
READ_ONLY = {
    "gebruiker",
    "gebruiker_rollen",
    "gebruiker_waarom",
    "kenmerken",
    "kenmerk_wie",
    "logboek",
    "rollen",
    "rolvoorstellen",
    "signalen",
}
ONLY_POSTED = {
    "gebruiker_overhandigd",
    "gebruiker_bevestiging",
    "gebruikersbestand",
    "trechter_downloaden",
    "logboek_downloaden",
    "uit_dienst_beeindigen",
}
NOTHING_TO_DO = {
    "gebruiker_vrijgeven",
    "gebruiker_herstellen",
    "gebruiker_middel_vrijgeven",
    "gebruiker_code_annuleren",
}
"""Views that lead away while there is nothing to free, to restore or to cancel."""
FILLED_IN = {
    "voornaam": "Kwaad",
    "achternaam": "Willig",
    "email": "kwaad@elders.example",
    "middel_bevestigd": "on",
    "versie": "1",
    "vorige": "0",
    "reden": "verloren",
    "juiste_persoon": "on",
    "besluit": "akkoord",
}


def address(view: str, account: Account) -> str:
    known = {"pk": _about(account).get(view, account.pk), "sleutel": "rod-raadpleger", "soort": "csv"}
    return reverse(view, kwargs={place: known.get(place, 0) for place in PLACES[view]})


def _about(account: Account) -> dict[str, int]:
    """The ids of what is not an account, by view; none when a test made the account's id up."""
    kenmerken = AutorisatieKenmerk.objects.filter(autorisatie__account=account.pk).values_list("kenmerk", flat=True)
    voorstellen = Voorstel.objects.filter(account_id=account.pk).values_list("pk", flat=True)
    signaal = Signaal.objects.filter(account=account.pk).values_list("pk", flat=True).first()
    found = {
        "kenmerk_wie": kenmerken.first(),
        "rolvoorstel": voorstellen.first(),
        "signaal": signaal,
        "signaal_stoppen": signaal,
    }
    return {view: pk for view, pk in found.items() if pk is not None}


@pytest.fixture
def target() -> Account:
    """A linked gebruiker with a rol: everything that a beheerder could act on."""
    account = make_account(make_beheerder().organisatie)
    assert account.organisatie is not None
    kenmerk = make_kenmerk(account.organisatie)
    grant(account, make_rol(), kenmerk)
    propose_rol(account, make_rol(), kenmerk)
    make_signaal(account.organisatie, account)
    link(account)
    return account


Visitor = Callable[[Account], Account | None]


def stranger(target: Account) -> None:
    return None


def gebruiker(target: Account) -> Account:
    return make_account(target.organisatie)


def ex_beheerder(target: Account) -> Account:
    account = make_beheerder(target.organisatie)
    account.beheerderschappen.update(tot=NOW)
    return account


def beheerder_elsewhere(target: Account) -> Account:
    return make_beheerder(make_organisatie("De Vlieger"))


def staf(target: Account) -> Account:
    return make_staf()


def everything(target: Account) -> tuple[object, ...]:
    """What no refused request may change."""
    return (
        Account.objects.count(),
        list(Account.objects.filter(pk=target.pk).values()),
        Koppeling.objects.live().count(),
        list(target.autorisaties.values()),
        list(Voorstel.objects.values_list("staat", flat=True)),
        list(Signaal.objects.values_list("staat", flat=True)),
        Bericht.objects.count(),
        Logregel.objects.count(),
    )


def own_page(view: str, who: Visitor) -> bool:
    """A page that a beheerder elsewhere has too, for her own organisatie."""
    return who is beheerder_elsewhere and view not in {*OF_SOMEBODY, *ELSEWHERE}


REFUSED = [
    (view, who, method)
    for view in VIEWS
    for who in (stranger, gebruiker, ex_beheerder, beheerder_elsewhere, staf)
    for method in ("get", "post")
    if not own_page(view, who)
]


@pytest.mark.parametrize(("view", "who", "method"), REFUSED)
def test_nobody_else_sees_or_changes_anything(
    login: Callable[[Account], Client],
    target: Account,
    view: str,
    who: Visitor,
    method: str,
) -> None:
    """R02, R32, R33: a 404 that tells nothing, or the way to log in."""
    account = who(target)
    if account is None:
        client = Client()
    elif account.is_staff:
        client = Client()
        client.force_login(account)
    else:
        client = login(account)
    before = everything(target)
    data = FILLED_IN | {"_account": account.pk if account else "", "koppeling": target.koppelingen.get().pk}
    response = getattr(client, method)(address(view, target), data if method == "post" else {})
    if account is None:
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("inloggen"))
    else:
        assert response.status_code in {404, 405}
    assert everything(target) == before


@pytest.mark.parametrize(
    "view", [view for view in VIEWS if own_page(view, beheerder_elsewhere) and view not in ONLY_POSTED]
)
def test_a_beheerder_elsewhere_sees_nothing_of_this_organisatie(
    login: Callable[[Account], Client], target: Account, view: str
) -> None:
    response = login(beheerder_elsewhere(target)).get(address(view, target), {"persoon": target.pk})
    assert response.status_code == 200
    assert target.achternaam not in response.getvalue().decode()


@pytest.mark.parametrize("pk", [0, 999_999_999, 10**30])
@pytest.mark.parametrize("view", OF_SOMEBODY)
def test_an_id_that_is_not_there_is_a_404(
    login: Callable[[Account], Client], target: Account, view: str, pk: int
) -> None:
    client = login(make_beheerder(target.organisatie))
    target.pk = pk
    assert client.get(address(view, target)).status_code == 404


@pytest.mark.parametrize("view", [view for view in VIEWS if view not in READ_ONLY])
def test_a_post_that_was_shown_for_another_account_changes_nothing(
    login: Callable[[Account], Client], target: Account, view: str
) -> None:
    """D5: two tabs never act for the wrong organisatie."""
    client = login(make_beheerder(target.organisatie))
    before = everything(target)
    data = FILLED_IN | {"_account": target.pk, "koppeling": target.koppelingen.get().pk}
    assert client.post(address(view, target), data).status_code == 409
    assert everything(target) == before


@pytest.mark.parametrize("view", [v for v in VIEWS if v not in {*ONLY_POSTED, *NOTHING_TO_DO, *ELSEWHERE}])
def test_for_a_beheerder_every_page_is_there(login: Callable[[Account], Client], target: Account, view: str) -> None:
    """The other side of the table: what is refused above is not refused to everybody."""
    if view == "gebruiker_code":
        target.koppelingen.update(beeindigd_op=NOW, reden="defect")
    client = login(make_beheerder(target.organisatie))
    assert client.get(address(view, target)).status_code == 200
