"""R27: the mails of an overstap, each once per person and step, from texts that staff keep."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Beheerderschap, Organisatie
from planning.models import Mailsjabloon, Overstap, Overstapmail
from planning.rules.mails import Stap, check_sjabloon, due_herinnering, fill_sjabloon, list_namen
from planning.rules.overstap import Dagen, Stand, Zet
from planning.services.mails import load_sjablonen, send_herinneringen
from planning.services.mailteksten import write_overstap_mail
from planning.services.overstappen import grant_uitzondering, move_overstap, set_dagen
from tests.factories import (
    NOW,
    link,
    make_account,
    make_beheerder,
    make_contactpersoon,
    make_organisatie,
    make_overstap,
    make_token,
)
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort

STAF = Actor(ActorSoort.STAF, id=1, reden="Volgens de planning")
TODAY = date(2026, 3, 2)
EINDE = TODAY + timedelta(days=100)


class TestRules:
    def test_r27_a_reminder_is_due_from_its_day_on_and_only_the_last_one(self) -> None:
        def due(before: int, stand: Stand = Stand.OPEN, geopend: date = TODAY) -> Stap | None:
            return due_herinnering(stand, EINDE, geopend, EINDE - timedelta(days=before))

        assert [due(before) for before in (61, 60, 31, 30, 8, 7, 1)] == [
            None,
            Stap.HERINNERING_60,
            Stap.HERINNERING_60,
            Stap.HERINNERING_30,
            Stap.HERINNERING_30,
            Stap.LAATSTE_WEEK,
            Stap.LAATSTE_WEEK,
        ]
        assert due(0) is None
        assert due(30, Stand.GEPAUZEERD) is None
        assert due(29, geopend=EINDE - timedelta(days=29)) is None
        assert due_herinnering(Stand.OPEN, None, TODAY, TODAY) is None

    def test_a_text_of_staff_fills_places_and_runs_nothing(self) -> None:
        text = "{naam} {naam.__class__} {organisatie!r} {0} {onbekend} %(naam)s {{naam}}"
        assert fill_sjabloon(text, {"naam": "Jo {organisatie}", "organisatie": "X"}) == (
            "Jo {organisatie} {naam.__class__} {organisatie!r} {0} {onbekend} %(naam)s {Jo {organisatie}}"
        )
        assert check_sjabloon("Beste {naam} van {organisatie}") == ""
        for wrong in ("{naam.__class__}", "{naam!r}", "{}", "{0}", "{Naam}"):
            assert "mag alleen staan" in check_sjabloon(wrong)
        assert "losse accolade" in check_sjabloon("Beste {naam")

    def test_many_names_are_counted(self) -> None:
        assert list_namen([]) == ""
        assert list_namen(["A"]) == "A"
        assert list_namen(["A", "B", "C"]) == "A, B en C"
        assert list_namen(list("ABCDEF")) == "A, B, C, D, E en 1 andere organisatie"
        assert list_namen(list("ABCDEFG")) == "A, B, C, D, E en 2 andere organisaties"


@pytest.fixture
def overstap(db: None) -> Overstap:
    load_sjablonen()
    return make_overstap(einde_token=EINDE)


def move(overstap: Overstap, *zetten: Zet, now: datetime = NOW, **kwargs: Any) -> Overstap:
    for zet in zetten:
        overstap = move_overstap(overstap=overstap, zet=zet, actor=STAF, now=now, **kwargs)
    return overstap


def mails(stap: Stap) -> list[tuple[str, str]]:
    """Address and text of what would leave now for a step."""
    found = []
    for bericht in Bericht.objects.filter(gegevens__stap=stap.value).order_by("pk"):
        post = write_overstap_mail(bericht, NOW)
        if post:
            found.append((post.aan, f"{post.onderwerp}\n{post.tekst}"))
    return found


def test_r27_the_announcement_goes_to_beheerders_and_bevoegd_gezag(overstap: Overstap) -> None:
    organisatie = make_organisatie()
    beheerder = make_beheerder(organisatie, email="jolanda@regenboog.example")
    make_account(organisatie)
    ex = make_beheerder(organisatie, email="ex@regenboog.example")
    Beheerderschap.objects.filter(account=ex).update(tot=NOW)
    ended = make_beheerder(organisatie, email="weg@regenboog.example")
    Account.objects.filter(pk=ended.pk).update(beeindigd_op=NOW)
    make_organisatie("Gestopt", bevoegd_gezag_email="gestopt@x.example", beeindigd_op=NOW)
    elders = make_organisatie("Elders", bevoegd_gezag_email="elders@x.example")
    elders.soorten.clear()
    move(overstap, Zet.AANKONDIGEN)
    found = dict(mails(Stap.AANKONDIGING))
    assert set(found) == {"jolanda@regenboog.example", "bestuur@regenboog.example"}
    text = found["jolanda@regenboog.example"]
    assert "Beste Jolanda de Vries" in text
    assert "Stichting De Regenboog" in text
    assert "tot en met 9 juni 2026" in text
    assert beheerder.gebruikersnaam not in text
    assert "{" not in text
    mark = Overstapmail.objects.get()
    assert (mark.stap, mark.aantal, mark.op) == ("aankondiging", 2, NOW)


def test_r27_opening_tells_the_beheerders_alone(overstap: Overstap) -> None:
    make_beheerder(make_organisatie(), email="jolanda@regenboog.example")
    move(overstap, Zet.AANKONDIGEN, Zet.OPENEN)
    assert [aan for aan, _ in mails(Stap.OPEN)] == ["jolanda@regenboog.example"]


def test_r27_contactpersonen_hear_of_the_announcement_and_of_the_end(overstap: Overstap) -> None:
    organisatie = make_organisatie()
    make_contactpersoon(organisatie, onderwerp="bekostiging", email="Sanne@regenboog.example")
    make_contactpersoon(organisatie, onderwerp="inloggen", email="sanne@regenboog.example")
    gone = make_contactpersoon(organisatie, naam="Weg", email="weg@regenboog.example")
    make_contactpersoon(make_organisatie("Gestopt", beeindigd_op=NOW), email="gestopt@x.example")
    overstap = move(overstap, Zet.AANKONDIGEN)
    gone.delete()
    told = [(aan.lower(), text) for aan, text in mails(Stap.AANKONDIGING)]
    assert [aan for aan, _ in told].count("sanne@regenboog.example") == 1
    assert "Beste Sanne Visser" in dict(told)["sanne@regenboog.example"]
    assert {aan for aan, _ in told} == {"sanne@regenboog.example", "bestuur@regenboog.example"}
    move(overstap, Zet.OPENEN, Zet.AFRONDEN)
    assert mails(Stap.OPEN) == []
    assert "sanne@regenboog.example" in {aan.lower() for aan, _ in mails(Stap.KLAAR)}


def test_r27_one_person_is_told_once_whatever_her_roles_and_organisaties(overstap: Overstap) -> None:
    for naam in ("Zonnebloem", "Regenboog"):
        organisatie = make_organisatie(naam, bevoegd_gezag_email="Jolanda@Regenboog.example")
        make_beheerder(organisatie, email="jolanda@regenboog.example")
        make_contactpersoon(organisatie, email="JOLANDA@regenboog.example")
    move(overstap, Zet.AANKONDIGEN)
    [(aan, text)] = mails(Stap.AANKONDIGING)
    assert aan == "jolanda@regenboog.example"
    assert "Regenboog en Zonnebloem" in text
    sleutel = Bericht.objects.get().sleutel
    assert "jolanda" not in sleutel.lower()


def test_r27_reminders_reach_only_who_still_has_somebody_to_move(overstap: Overstap) -> None:
    behind = make_organisatie("Achter", bevoegd_gezag_email="gezag-achter@x.example")
    make_beheerder(behind, email="achter@x.example")
    make_token(make_account(behind))
    ready = make_organisatie("Klaar", bevoegd_gezag_email="gezag-klaar@x.example")
    make_beheerder(ready, email="klaar@x.example")
    linked, handed_in, staf = make_account(ready), make_account(ready), make_account(ready)
    make_token(linked)
    link(linked)
    make_token(handed_in, ingetrokken_op=NOW, ingeleverd_op=NOW)
    Account.objects.filter(pk=staf.pk).update(password="scrypt$")  # a password is no token
    excused = make_organisatie("Later", bevoegd_gezag_email="gezag-later@x.example")
    make_beheerder(excused, email="later@x.example")
    make_token(make_account(excused))
    grant_uitzondering(
        organisatie=excused, portaal=overstap.portaal, tot=EINDE + timedelta(days=30), actor=STAF, now=NOW
    )
    overstap = move(overstap, Zet.AANKONDIGEN, Zet.OPENEN)
    for before in (60, 30, 7):
        send_herinneringen(now=NOW + timedelta(days=100 - before))
    assert [aan for aan, _ in mails(Stap.HERINNERING_60)] == ["achter@x.example"]
    assert [aan for aan, _ in mails(Stap.HERINNERING_30)] == ["achter@x.example"]
    assert {aan for aan, _ in mails(Stap.LAATSTE_WEEK)} == {"achter@x.example", "gezag-achter@x.example"}
    move(overstap, Zet.AFRONDEN, now=NOW + timedelta(days=100))
    done = {aan for aan, _ in mails(Stap.KLAAR)}
    assert "klaar@x.example" in done
    assert "later@x.example" not in done
    assert mails(Stap.HERINNERING_60) == []  # done since: no longer true


def test_r27_however_often_the_job_runs_nobody_is_told_twice(overstap: Overstap) -> None:
    organisatie = make_organisatie()
    make_beheerder(organisatie)
    make_token(make_account(organisatie))
    move(overstap, Zet.AANKONDIGEN, Zet.OPENEN)
    for hours in range(6):
        send_herinneringen(now=NOW + timedelta(days=41, hours=hours))
    assert Bericht.objects.filter(gegevens__stap="herinnering_60").count() == 1


def test_rolled_back_what_waits_lapses_and_a_new_round_tells_everybody_again(overstap: Overstap) -> None:
    make_beheerder(make_organisatie())
    overstap = move(overstap, Zet.AANKONDIGEN)
    overstap = move(overstap, Zet.TERUGDRAAIEN, einde_token=EINDE)
    assert mails(Stap.AANKONDIGING) == []
    move(overstap, Zet.AANKONDIGEN)
    assert Bericht.objects.filter(gegevens__stap="aankondiging").count() == 4
    assert len(mails(Stap.AANKONDIGING)) == 2


def test_a_golf_of_so_many_organisaties_a_day_leaves_day_by_day(overstap: Overstap) -> None:
    for number in range(5):
        make_beheerder(make_organisatie(f"Bestuur {number}", bevoegd_gezag_email=f"gezag{number}@x.example"))
    set_dagen(overstap=overstap, dagen=Dagen(einde_token=EINDE), per_dag=2, actor=STAF, now=NOW)
    move(overstap, Zet.AANKONDIGEN)
    days = sorted((bericht.niet_voor - NOW).days for bericht in Bericht.objects.all())
    assert days == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]


@pytest.mark.parametrize("wie", ["ended", "organisatie ended"])
def test_who_left_meanwhile_is_not_told(overstap: Overstap, wie: str) -> None:
    beheerder = make_beheerder(make_organisatie())
    move(overstap, Zet.AANKONDIGEN)
    if wie == "ended":
        Account.objects.filter(pk=beheerder.pk).update(beeindigd_op=NOW)
        assert [aan for aan, _ in mails(Stap.AANKONDIGING)] == ["bestuur@regenboog.example"]
    else:
        Organisatie.objects.update(beeindigd_op=NOW)
        assert "bestuur@regenboog.example" not in dict(mails(Stap.AANKONDIGING))


@pytest.mark.django_db
class TestAdmin:
    @pytest.fixture(autouse=True)
    def _stopped(self, clock: Callable[[datetime], None]) -> None:
        """The clock stands still."""

    def test_staff_change_a_text_and_see_it_for_an_organisatie(self, staf_client: Client, overstap: Overstap) -> None:
        organisatie = make_organisatie("Stichting <b>Vet</b>")
        sjabloon = Mailsjabloon.objects.get(stap="open")
        page = reverse("admin:planning_mailsjabloon_change", args=[sjabloon.pk])
        refused = staf_client.post(page, {"onderwerp": "Hallo", "tekst": "Beste {naam.__class__}"})
        assert "mag alleen staan" in refused.content.decode()
        staf_client.post(page, {"onderwerp": "Nu: {portaal}", "tekst": "Beste {naam}, dit is voor {organisatie}."})
        shown = reverse("admin:planning_mailsjabloon_voorbeeld", args=[sjabloon.pk])
        text = staf_client.get(shown, {"code": organisatie.code}).content.decode()
        assert "Nu: Mijn DUO" in text
        assert "Beste M. Bestuur, dit is voor Stichting &lt;b&gt;Vet&lt;/b&gt;." in text
        assert "Er is geen organisatie met deze code." in staf_client.get(shown, {"code": "x"}).content.decode()
        assert not Bericht.objects.exists()

    def test_loading_again_leaves_what_staff_changed(self, overstap: Overstap) -> None:
        Mailsjabloon.objects.filter(stap="open").update(tekst="Anders")
        assert load_sjablonen() == 0
        assert Mailsjabloon.objects.get(stap="open").tekst == "Anders"
