"""Rollen × kenmerken as one form, for a gebruiker and for a rol (R02, R04, R22, D23)."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from accounts.models import Account, Kenmerk, OrganisatieKenmerk
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.rules import end_of_day
from tests.beheer.test_rollen import held
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
)
from tests.formulier import Pagina, submit, text_of
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db
BEKIJK = "Bekijk wat er verandert"


def matrix(account: Account) -> str:
    return reverse("gebruiker_matrix", kwargs={"pk": account.pk})


def rol_page(sleutel: str = "rod-raadpleger") -> str:
    return reverse("rol", kwargs={"sleutel": sleutel})


def box(account: Account, rol: str, kenmerk: Kenmerk | None) -> str:
    return f"{account.pk}:{make_rol(rol).pk}:{kenmerk.pk if kenmerk else 0}"


def ticked(page: Pagina) -> list[str]:
    return [str(value) for value in html.fromstring(page.content).xpath("//input[@name='vak'][@checked]/@value")]


@pytest.fixture
def kenmerken(beheerder: Account) -> list[Kenmerk]:
    assert beheerder.organisatie is not None
    return [make_kenmerk(beheerder.organisatie, waarde) for waarde in ("21AZ", "22BB", "23CC")]


class TestEnds:
    """D20: until when what is ticked holds, and what the page of one rol adds to that."""

    def test_what_is_ticked_gets_the_last_day_and_the_matrix_shows_it(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        grant(gebruiker, make_rol("ROD raadpleger"), kenmerken[0])
        vak = [box(gebruiker, "ROD raadpleger", kenmerk) for kenmerk in kenmerken[:2]]
        preview = submit(beheerder_client, matrix(gebruiker), BEKIJK, vak=vak, tot="2026-07-31")
        assert "22BB tot en met 31 juli 2026" in text_of(preview)
        submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
        for page in (matrix(gebruiker), rol_page()):
            text = text_of(beheerder_client.get(page))
            assert text.count("tot en met 31-7-2026") == 1
        rollen = reverse("gebruiker_rollen", kwargs={"pk": gebruiker.pk})
        assert "22BB, tot en met 31 juli 2026" in text_of(beheerder_client.get(rollen))

    def test_a_rol_that_works_without_kenmerk_gets_it_as_its_own_end(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        make_rol("Nieuws", (), privacygevoelig=False)
        preview = submit(
            beheerder_client, matrix(gebruiker), BEKIJK, vak=[box(gebruiker, "Nieuws", None)], tot="2026-07-31"
        )
        submit(beheerder_client, preview, "Opslaan")
        assert Autorisatie.objects.get().laatste_dag == date(2026, 7, 31)

    def test_a_day_that_cannot_be_is_refused_and_nothing_is_lost(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        make_rol("ROD raadpleger")
        vak = [box(gebruiker, "ROD raadpleger", kenmerken[0])]
        refused = submit(beheerder_client, matrix(gebruiker), BEKIJK, vak=vak, tot="2020-01-01")
        assert "Kies vandaag of een dag daarna" in text_of(refused)
        assert ticked(refused) == vak

    def test_the_page_of_one_rol_moves_the_end_of_a_kenmerk(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        grant(gebruiker, make_rol("ROD raadpleger"), *kenmerken[:2])
        page = reverse("gebruiker_rol", kwargs={"pk": gebruiker.pk, "sleutel": "rod-raadpleger"})
        chosen = {"kenmerken": [str(kenmerk.pk) for kenmerk in kenmerken[:2]], "juiste_persoon": "on"}
        submit(beheerder_client, page, "Opslaan", **chosen, **{f"tot_{kenmerken[1].pk}": "2026-07-31"})
        ends = AutorisatieKenmerk.objects.order_by("kenmerk__waarde").values_list("tot", flat=True)
        assert list(ends) == [None, end_of_day(date(2026, 7, 31))]
        again = html.fromstring(beheerder_client.get(page).content)
        assert again.xpath(f"//input[@name='tot_{kenmerken[1].pk}']/@value") == ["2026-07-31"]


class TestOfAGebruiker:
    def test_everything_is_saved_as_one_act_after_a_preview(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        """R04, R33."""
        grant(gebruiker, make_rol("ROD raadpleger"), kenmerken[0])
        grant(gebruiker, make_rol("Oude rol"), kenmerken[0])
        make_rol("RIO inzien", privacygevoelig=False)
        page = beheerder_client.get(matrix(gebruiker))
        vak = [box(gebruiker, "ROD raadpleger", kenmerken[1]), box(gebruiker, "RIO inzien", kenmerken[2])]
        preview = submit(beheerder_client, page, BEKIJK, vak=vak)
        text = text_of(preview)
        assert "Erbij: 22BB Eraf: 21AZ" in text
        assert "Rol eraf" in text
        assert held(gebruiker) == {"ROD raadpleger": ["21AZ"], "Oude rol": ["21AZ"]}
        refused = submit(beheerder_client, preview, "Opslaan")
        assert "Controleer of dit de juiste personen zijn" in text_of(refused)
        for _ in range(2):
            response = submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
            assert response.headers["Location"] == matrix(gebruiker)
        assert held(gebruiker) == {"ROD raadpleger": ["22BB"], "RIO inzien": ["23CC"]}
        assert Logregel.objects.count() == 3

    def test_a_rol_offers_its_own_kinds_only_and_one_that_works_without_has_a_box_of_its_own(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        assert beheerder.organisatie is not None
        code = make_kenmerk(beheerder.organisatie, "0014", "gemeentecode")
        make_rol("Verzuim", ("gemeentecode",))
        make_rol("Nieuws", ())
        page = beheerder_client.get(matrix(gebruiker)).content.decode()
        assert box(gebruiker, "Verzuim", code) in page
        assert box(gebruiker, "Verzuim", kenmerken[0]) not in page
        assert box(gebruiker, "ROD raadpleger", code) not in page
        preview = submit(beheerder_client, matrix(gebruiker), BEKIJK, vak=[box(gebruiker, "Nieuws", None)])
        submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
        assert held(gebruiker) == {"Nieuws": []}
        preview = submit(beheerder_client, matrix(gebruiker), BEKIJK)
        submit(beheerder_client, preview, "Opslaan")
        assert held(gebruiker) == {}

    def test_rollen_of_another_domain_are_shown_and_cannot_be_changed(
        self, clock: object, login: Callable[[Account], Client], gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        """R02: also not with forged boxes."""
        grant(gebruiker, make_rol("ROD raadpleger"), kenmerken[0])
        client = login(make_beheerder(gebruiker.organisatie, make_rol("RIO inzien")))
        page = client.get(matrix(gebruiker))
        assert "Hoort niet bij uw beheerdersrol" in text_of(page)
        assert ticked(page) == []
        other = make_account(make_organisatie("Elders"))
        foreign = make_kenmerk(make_organisatie("Elders"), "30XX")
        forged = [
            box(gebruiker, "ROD raadpleger", kenmerken[1]),
            box(other, "RIO inzien", kenmerken[0]),
            box(gebruiker, "RIO inzien", foreign),
            f"{gebruiker.pk}:999999:{kenmerken[0].pk}",
            f"{gebruiker.pk}:{'9' * 18}:{'9' * 18}",
            "onzin",
        ]
        basis = box(gebruiker, "ROD raadpleger", kenmerken[0])
        response = submit(client, page, BEKIJK, vak=forged, basis=basis)
        assert response.headers["Location"] == matrix(gebruiker)
        response = submit(client, page, BEKIJK, vak=[box(gebruiker, "RIO inzien", kenmerken[0])])
        submit(client, response, "Opslaan", erbij=",".join(forged), eraf=basis, juiste_persoon="on")
        assert held(gebruiker) == {"ROD raadpleger": ["21AZ"]}
        assert held(other) == {}

    def test_rollen_that_exclude_each_other_are_refused_in_words(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        grant(gebruiker, make_rol("Controleur"), kenmerken[0])
        make_rol("ROD raadpleger").sluit_uit.add(make_rol("Controleur"))
        page = beheerder_client.get(matrix(gebruiker))
        vak = [*ticked(page), box(gebruiker, "ROD raadpleger", kenmerken[0])]
        assert "gaat niet samen met de rol Controleur" in text_of(submit(beheerder_client, page, BEKIJK, vak=vak))

    def test_a_rol_without_a_kenmerk_says_that_it_opens_nothing(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        """R22."""
        grant(gebruiker, make_rol("ROD raadpleger"))
        assert "Opent niets" in text_of(beheerder_client.get(matrix(gebruiker)))

    def test_what_a_colleague_changed_meanwhile_is_shown_and_stays(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        """D23: two beheerders tick different boxes of the same page; neither is lost."""
        autorisatie = grant(gebruiker, make_rol("ROD raadpleger"), kenmerken[0])
        page = beheerder_client.get(matrix(gebruiker))
        autorisatie.kenmerken.create(kenmerk=kenmerken[1], van=NOW)
        vak = [*ticked(page), box(gebruiker, "ROD raadpleger", kenmerken[2])]
        preview = submit(beheerder_client, page, BEKIJK, vak=vak)
        assert "Iemand anders heeft intussen iets gewijzigd" in text_of(preview)
        assert "22BB: gegeven" in text_of(preview)
        autorisatie.kenmerken.filter(kenmerk=kenmerken[0]).update(tot=NOW)
        again = submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
        assert "Iemand anders was u voor" in text_of(again)
        assert held(gebruiker) == {"ROD raadpleger": ["22BB"]}
        submit(beheerder_client, again, "Opslaan", juiste_persoon="on")
        assert held(gebruiker) == {"ROD raadpleger": ["22BB", "23CC"]}

    def test_kenmerken_on_another_page_stay_as_they_are(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        assert beheerder.organisatie is not None
        many = [make_kenmerk(beheerder.organisatie, f"{number}XX") for number in range(30, 40)]
        grant(gebruiker, make_rol("ROD raadpleger"), *many)
        page = beheerder_client.get(matrix(gebruiker), {"kenmerken": "2"})
        assert len(ticked(page)) == 3
        preview = submit(beheerder_client, page, BEKIJK)
        submit(beheerder_client, preview, "Opslaan")
        assert len(held(gebruiker)["ROD raadpleger"]) == 7


class TestOfARol:
    def test_who_has_it_for_what_is_shown_and_changed(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        second = make_account(gebruiker.organisatie)
        grant(second, make_rol("ROD raadpleger"), kenmerken[0])
        assert "1 gebruiker" in text_of(beheerder_client.get(reverse("rollen")))
        page = beheerder_client.get(rol_page())
        assert ticked(page) == [box(second, "ROD raadpleger", kenmerken[0])]
        preview = submit(beheerder_client, page, BEKIJK, vak=[box(gebruiker, "ROD raadpleger", kenmerken[1])])
        submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
        assert (held(gebruiker), held(second)) == ({"ROD raadpleger": ["22BB"]}, {})
        only = beheerder_client.get(rol_page(), {"rol": "rod-raadpleger"})
        assert "Zande, Henk van den" in text_of(only)
        assert "Amrani" not in text_of(only)

    def test_a_rol_of_another_domain_is_not_there(
        self, clock: object, login: Callable[[Account], Client], gebruiker: Account
    ) -> None:
        """R02."""
        client = login(make_beheerder(gebruiker.organisatie, make_rol("RIO inzien")))
        assert "ROD raadpleger" not in text_of(client.get(reverse("rollen")))
        for view in ("rol", "rol_geven", "rol_intrekken"):
            assert client.get(reverse(view, kwargs={"sleutel": "rod-raadpleger"})).status_code == 404

    def test_forged_boxes_of_elsewhere_change_nothing(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        other = make_account(make_organisatie("Elders"))
        grant(other, make_rol("ROD raadpleger"), kenmerken[0])
        forged = box(other, "ROD raadpleger", kenmerken[0])
        page = beheerder_client.get(rol_page())
        response = submit(beheerder_client, page, BEKIJK, basis=forged)
        assert response.status_code == 302
        preview = submit(beheerder_client, page, BEKIJK, vak=[box(gebruiker, "ROD raadpleger", kenmerken[0])])
        submit(beheerder_client, preview, "Opslaan", eraf=forged, juiste_persoon="on")
        assert held(other) == {"ROD raadpleger": ["21AZ"]}

    def test_a_rol_that_somebody_has_by_machtiging_only_is_not_one_of_this_matrix(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
    ) -> None:
        """R30: that is given with the machtiging, and ends with it."""
        assert gebruiker.organisatie is not None
        verlener, rol = make_organisatie("Elders"), make_rol("ROD raadpleger")
        foreign = make_kenmerk(verlener, "30XX")
        machtiging = make_machtiging(verlener, gebruiker.organisatie, [rol], [foreign])
        grant(gebruiker, rol, foreign, machtiging=machtiging)
        assert "0 gebruikers" in text_of(beheerder_client.get(reverse("rollen")))
        assert "Zande" not in text_of(beheerder_client.get(rol_page(), {"rol": "rod-raadpleger"}))
        assert ticked(beheerder_client.get(matrix(gebruiker))) == []

    @pytest.mark.parametrize("people", [1, 20])
    def test_the_pages_ask_as_much_for_twenty_people_as_for_one(
        self, beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk], people: int
    ) -> None:
        for _ in range(people):
            grant(make_account(gebruiker.organisatie), make_rol("ROD raadpleger"), kenmerken[0])
        counts = []
        for page in (rol_page(), reverse("rollen"), matrix(gebruiker)):
            beheerder_client.get(page)
            with CaptureQueriesContext(connection) as queries:
                beheerder_client.get(page)
            counts.append(len(queries))
        assert counts == [12, 6, 12]


def test_an_account_without_the_kenmerk_any_more_loses_it_with_any_change(
    beheerder_client: Client, gebruiker: Account, kenmerken: list[Kenmerk]
) -> None:
    """D3: a BRIN that went to another bestuur is not given again."""
    grant(gebruiker, make_rol("ROD raadpleger"), kenmerken[0], kenmerken[1])
    OrganisatieKenmerk.objects.filter(kenmerk=kenmerken[0]).update(tot=NOW)
    page = beheerder_client.get(matrix(gebruiker))
    vak = [*ticked(page), box(gebruiker, "ROD raadpleger", kenmerken[2])]
    preview = submit(beheerder_client, page, BEKIJK, vak=vak)
    assert "Erbij: 23CC Eraf: 21AZ" in text_of(preview)
    submit(beheerder_client, preview, "Opslaan", juiste_persoon="on")
    assert held(gebruiker) == {"ROD raadpleger": ["22BB", "23CC"]}
    assert Autorisatie.objects.count() == 1
