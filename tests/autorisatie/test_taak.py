"""The page of a taak (R22, R25)."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Account, Kenmerk, OrganisatieKenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Portaal, Taakgebruik, TaakRol
from tests.factories import (
    LONG_AGO,
    grant,
    make_account,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_staf,
    make_taak,
)

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]
URL = "/taken/leerlingdossier/"


@pytest.fixture
def account() -> Account:
    """A gebruiker who may open the taak for one kenmerk."""
    account = make_account()
    assert account.organisatie is not None
    grant(account, make_rol(), make_kenmerk(account.organisatie, naam="De Kleurdoos"))
    make_taak("Leerlingdossier", make_rol())
    Portaal.objects.update(
        naam="Register Onderwijsdeelnemers", adres="rod.example/start", contact="helpdesk@rod.example"
    )
    return account


def read(client: Client, url: str = URL) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_says_what_it_is_for_and_for_which_kenmerk(account: Account, login: Login) -> None:
    """R22."""
    page = read(login(account))
    assert "Bekijk de gegevens van één leerling." in page
    assert "Instellingscode (BRIN): <strong>21AZ De Kleurdoos</strong>" in page


def test_leads_on_to_its_portaal_and_says_that_this_is_another_website(account: Account, login: Login) -> None:
    """R22, R25, R31: also to a screen reader."""
    page = read(login(account))
    link = page[page.index('href="https://rod.example/start"') :]
    assert "Naar Register Onderwijsdeelnemers" in link[: link.index("</a>")]
    assert "(andere website)" in link[: link.index("</a>")]
    assert 'href="mailto:helpdesk@rod.example"' in page


@pytest.mark.parametrize("change", [{"adres": ""}, {"actief": False}])
def test_without_an_address_it_says_so_and_names_the_contact(
    account: Account, login: Login, change: dict[str, object]
) -> None:
    Portaal.objects.update(contact="rod.example/contact", **change)
    page = read(login(account))
    assert "Naar Register Onderwijsdeelnemers" not in page
    assert "niet op welk adres" in page or "Dat portaal is er niet meer" in page
    assert 'href="https://rod.example/contact"' in page


def test_a_taak_without_portaal_still_has_its_page(account: Account, login: Login) -> None:
    taak = make_taak("Leerlingdossier")
    taak.portaal = None
    taak.save()
    assert "nog geen portaal bekend" in read(login(account))


def test_with_several_kenmerken_one_chooses(account: Account, login: Login) -> None:
    """R22."""
    assert account.organisatie is not None
    second = make_kenmerk(account.organisatie, "22BB")
    AutorisatieKenmerk.objects.create(autorisatie=Autorisatie.objects.get(), kenmerk=second, van=LONG_AGO)
    client = login(account)
    page = read(client)
    assert "U mag deze taak doen voor 2 kenmerken" in page
    assert "rod.example/start" not in page
    chosen = read(client, f"{URL}?kenmerk={second.pk}")
    assert "<strong>22BB</strong>" in chosen
    assert "Kies een ander kenmerk" in chosen
    assert "rod.example/start" in chosen


def test_a_taak_that_asks_for_no_kenmerk_needs_none(account: Account, login: Login) -> None:
    make_taak("Nieuws", make_rol(), kenmerksoorten=())
    client = login(account)
    assert "Naar Register Onderwijsdeelnemers" in read(client, "/taken/nieuws/")
    kenmerk = Kenmerk.objects.get()
    assert client.get(f"/taken/nieuws/?kenmerk={kenmerk.pk}").status_code == 404


@pytest.mark.parametrize("model", [Autorisatie, AutorisatieKenmerk, OrganisatieKenmerk, TaakRol])
def test_is_a_404_at_the_very_request_after_a_right_ended(
    account: Account, login: Login, now: object, model: type[Autorisatie]
) -> None:
    """R22: checked on every request, never only in the menu."""
    client = login(account)
    read(client)
    model._default_manager.update(tot=now)
    assert client.get(URL).status_code == 404


def test_is_a_404_for_who_may_not_and_for_what_is_not_there(account: Account, login: Login) -> None:
    make_taak("Verzuim melden", make_rol("Verzuimloket melder"))
    client = login(account)
    assert client.get("/taken/verzuim-melden/").status_code == 404
    assert client.get("/taken/bestaat-niet/").status_code == 404


def test_the_kenmerk_of_another_organisatie_is_a_404(account: Account, login: Login) -> None:
    foreign = make_kenmerk(make_organisatie("Een ander bestuur"), "30XX")
    assert login(account).get(f"{URL}?kenmerk={foreign.pk}").status_code == 404


@pytest.mark.parametrize("value", ["999999", "abc", "-1", "1' OR '1'='1", "%00", "٣", "9" * 400])
def test_an_odd_kenmerk_is_a_404_and_never_an_error(account: Account, login: Login, value: str) -> None:
    assert login(account).get(URL, {"kenmerk": value}).status_code == 404


def test_is_a_404_for_a_login_of_another_vestiging(account: Account, login: Login) -> None:
    """D24."""
    Kenmerk.objects.update(kvk_vestigingsnummer="000012345678")
    client = login(account)
    session = client.session
    session["eherkenning"] |= {"vestigingen": ["000099999999"]}
    session.save()
    assert client.get(URL).status_code == 404


def test_is_a_404_for_duo_staff_and_asks_visitors_to_log_in(account: Account, client: Client) -> None:
    assert client.get(URL).status_code == 302
    client.force_login(make_staf())
    assert client.get(URL).status_code == 404


def test_each_opening_counts_for_snel_naar_but_a_choice_or_a_refusal_does_not(account: Account, login: Login) -> None:
    """R21."""
    make_taak("Verzuim melden", make_rol("Verzuimloket melder"))
    client = login(account)
    read(client)
    read(client)
    read(client, f"{URL}?kenmerk={Kenmerk.objects.get().pk}")
    client.head(URL)
    client.get("/taken/verzuim-melden/")
    assert Taakgebruik.objects.get().aantal == 2


def test_takes_as_many_queries_for_one_kenmerk_as_for_forty(
    account: Account, login: Login, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    assert account.organisatie is not None
    for number in range(10, 50):
        kenmerk = make_kenmerk(account.organisatie, f"{number}ZZ")
        AutorisatieKenmerk.objects.create(autorisatie=Autorisatie.objects.get(), kenmerk=kenmerk, van=LONG_AGO)
    client = login(account)
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]  # a context manager
        read(client)


def test_only_reading_is_possible(account: Account, login: Login) -> None:
    assert login(account).post(URL, {"_account": account.pk}).status_code == 405
