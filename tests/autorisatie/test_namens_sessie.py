"""Choosing for whom one acts, and sessions that end with the machtiging (R30, D4, D5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Machtiging, Organisatie
from tests.autorisatie.wereld import Wereld
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_middel,
    make_organisatie,
)
from tests.formulier import submit, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(clock: Callable[[datetime], None], login: Callable[[Account], Client], wereld: Wereld) -> Client:
    """Somebody of the office, logged in, with a grant under the machtiging."""
    wereld.give()
    return login(wereld.account)


def choose(client: Client, organisatie: Organisatie) -> Any:
    return submit(client, reverse("kies_namens"), organisatie.naam)


class TestChoosing:
    def test_who_may_act_for_others_chooses_at_login_and_again_in_the_header(
        self, clock: object, makelaar: Makelaar, client: Client, wereld: Wereld
    ) -> None:
        """D5: and the page that was asked for comes after the choice."""
        kvk = wereld.kantoor.kvk_nummer
        link(wereld.account, make_middel(kvk, PSEUDONIEM))
        wereld.give()
        asked = reverse("mijn_gegevens")
        client.get(client.get(asked).headers["Location"])
        page = client.get(makelaar(kvk=kvk).headers["Location"])
        assert submit(client, page, wereld.bestuur.naam).headers["Location"] == asked
        assert f'href="{reverse("kies_namens")}"' in client.get(asked).content.decode()

    def test_who_may_act_for_nobody_else_goes_straight_on_and_in_the_header_to_her_other_accounts(
        self, clock: object, makelaar: Makelaar, client: Client, wereld: Wereld
    ) -> None:
        """R08: her organisatie has a machtiging, under which she got nothing."""
        kvk, middel = wereld.kantoor.kvk_nummer, make_middel(wereld.kantoor.kvk_nummer, PSEUDONIEM)
        link(wereld.account, middel)
        straight_on = client.get(makelaar(kvk=kvk).headers["Location"])
        assert straight_on.headers["Location"] == reverse("overzicht")
        assert client.get(reverse("kies_namens")).headers["Location"] == reverse("overzicht")
        client.post(reverse("uitloggen"))
        link(make_account(make_organisatie("Kantoor Zuid", kvk)), middel)
        chosen = submit(client, makelaar(kvk=kvk).headers["Location"], wereld.kantoor.naam)
        assert client.get(chosen.headers["Location"]).headers["Location"] == reverse("overzicht")
        assert client.get(reverse("kies_namens")).headers["Location"] == reverse("kies_account")

    def test_one_chooses_and_every_page_says_for_whom(self, session: Client, wereld: Wereld) -> None:
        """D5."""
        response = choose(session, wereld.bestuur)
        assert response.headers["Location"] == reverse("overzicht")
        answer = session.get(reverse("overzicht"))
        assert "<small>namens Stichting De Regenboog, door Kantoor De Teller</small>" in answer.content.decode()
        page = text_of(answer)
        assert "U werkt namens Stichting De Regenboog" in page
        assert "Leerlingdossier" in page
        assert session.get(reverse("taak", args=["leerlingdossier"])).status_code == 200
        lines = Logregel.objects.filter(gebeurtenis="namens_gekozen")
        assert set(lines.values_list("organisatie_id", flat=True)) == {wereld.bestuur.pk, wereld.kantoor.pk}

    def test_back_to_the_own_organisatie_it_opens_no_more(self, session: Client, wereld: Wereld) -> None:
        choose(session, wereld.bestuur)
        choose(session, wereld.kantoor)
        assert session.get(reverse("taak", args=["leerlingdossier"])).status_code == 404

    def test_a_log_line_names_whom_one_acts_for(self, session: Client, wereld: Wereld) -> None:
        """R33: Actor.namens."""
        choose(session, wereld.bestuur)
        session.post(reverse("uitloggen"))
        assert Logregel.objects.get(gebeurtenis="uitgelogd").namens_id == wereld.bestuur.pk

    def test_a_form_shown_for_one_organisatie_is_not_taken_for_another(self, session: Client, wereld: Wereld) -> None:
        """D5: two tabs."""
        other_tab = session.get(reverse("mijn_gegevens_wijzigen"))
        choose(session, wereld.bestuur)
        response = submit(session, other_tab, "Opslaan", telefoon="0501234567")
        assert response.status_code == 409
        assert "U werkt nu voor Stichting De Regenboog" in text_of(response)
        wereld.account.refresh_from_db()
        assert wereld.account.telefoon == ""

    def test_an_organisatie_that_gave_nothing_cannot_be_chosen(self, session: Client) -> None:
        other = make_organisatie("Gemeente Zonderdam", "90004321")
        assert session.post(reverse("kies_namens"), {"organisatie": other.pk}).status_code == 404

    def test_nobody_is_beheerder_while_acting_for_another(
        self, clock: object, login: Callable[[Account], Client], wereld: Wereld
    ) -> None:
        grant(wereld.beheerder, wereld.rol, wereld.school, machtiging=wereld.machtiging)
        client = login(wereld.beheerder)
        assert client.get(reverse("gebruikers")).status_code == 200
        choose(client, wereld.bestuur)
        assert client.get(reverse("gebruikers")).status_code == 404
        assert "Gebruikers" not in text_of(client.get(reverse("overzicht")))


class TestTheEnd:
    """D4: stopping a machtiging ends the sessions that rested on it, and no other."""

    def test_a_session_that_acts_for_the_verlener_ends_with_the_machtiging(
        self, session: Client, wereld: Wereld
    ) -> None:
        choose(session, wereld.bestuur)
        Machtiging.objects.update(tot=NOW)
        response = session.get(reverse("overzicht"))
        assert response.status_code == 403
        assert "De machtiging is voorbij" in text_of(response)
        assert session.get(reverse("overzicht")).status_code == 302

    def test_one_that_works_for_its_own_organisatie_goes_on(self, session: Client, wereld: Wereld) -> None:
        Machtiging.objects.update(tot=NOW)
        assert session.get(reverse("overzicht")).status_code == 200

    def test_so_does_a_login_with_a_middel_of_the_gemachtigde(
        self, clock: Callable[[datetime], None], login: Callable[[Account], Client], wereld: Wereld
    ) -> None:
        account = make_account(wereld.bestuur)
        link(account, make_middel(wereld.kantoor.kvk_nummer))
        client = login(account)
        assert client.get(reverse("overzicht")).status_code == 200
        Machtiging.objects.update(tot=NOW)
        assert client.get(reverse("overzicht")).status_code == 403
        assert client.get(reverse("overzicht")).status_code == 302
