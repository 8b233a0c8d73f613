"""The life of a machtiging (R30, D22): two organisaties, three people, and nobody twice."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Beheerderschap, Machtiging, Organisatie, OrganisatieKenmerk
from autorisatie.emails.machtiging import make_token
from autorisatie.models import Autorisatie, Machtigingsaanbod
from autorisatie.services import Weigering, beslis
from autorisatie.services.machtigingen import (
    Antwoord,
    Inhoud,
    accept_machtiging,
    answer_machtiging,
    decide_paper_machtiging,
    enter_paper_machtiging,
    impact_of,
    prepare_machtiging,
    stop_machtiging,
    withdraw_aanbod,
)
from autorisatie.services.verlopen import end_machtigingen
from koppeling.models import Middel
from koppeling.services.koppelproces import organisaties_open_to
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_middel,
    make_organisatie,
    make_rol,
    make_soort,
    make_staf,
    make_taak,
)
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel, Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import AlBesloten, ZelfdePersoon

pytestmark = pytest.mark.django_db


class Wereld:
    """Who gives and who gets: each with a beheerder."""

    def __init__(self) -> None:
        self.bestuur, self.kantoor = make_organisatie(), make_organisatie("Kantoor De Teller", "90005555")
        self.rol = make_rol("ROD raadpleger")
        self.school = make_kenmerk(self.bestuur, "21AZ")
        self.gever, self.nemer = make_beheerder(self.bestuur), make_beheerder(self.kantoor)

    def inhoud(self, **changes: Any) -> Inhoud:
        values: dict[str, Any] = {
            "verlener": self.bestuur,
            "gemachtigde": self.kantoor,
            "soort": Machtiging.Soort.VERWERKING,
            "rollen": [self.rol],
            "kenmerken": [self.school],
            "van": date(2026, 3, 1),
            "tot_en_met": date(2026, 12, 31),
        }
        return Inhoud(**values | changes)

    def prepare(self, **changes: Any) -> Machtigingsaanbod:
        return prepare_machtiging(inhoud=self.inhoud(**changes), beheerder=self.gever, actor=actor(self.gever), now=NOW)

    def confirm(self, aanbod: Machtigingsaanbod, *, akkoord: bool = True) -> Antwoord:
        return answer_machtiging(token=make_token(aanbod), akkoord=akkoord, adres=None, now=NOW)

    def accept(self, aanbod: Machtigingsaanbod, beheerder: Account | None = None) -> Machtiging | None:
        who = beheerder or self.nemer
        return accept_machtiging(aanbod=aanbod, akkoord=True, beheerder=who, actor=actor(who), now=NOW)


def actor(account: Account, reden: str = "") -> Actor:
    soort = ActorSoort.STAF if account.is_staff else ActorSoort.ACCOUNT
    return Actor(soort, id=account.pk, namens=account.organisatie_id, reden=reden)


@pytest.fixture
def wereld() -> Wereld:
    return Wereld()


def opens(middel: Middel, organisatie: Organisatie) -> bool:
    return organisaties_open_to(middel=middel, now=NOW).filter(pk=organisatie.pk).exists()


class TestLife:
    def test_only_an_accepted_machtiging_counts_anywhere(self, wereld: Wereld) -> None:
        """R12, R30: prepared and confirmed is not enough, also not for the koppelproces."""
        middel = make_middel(wereld.kantoor.kvk_nummer)
        aanbod = wereld.prepare()
        assert not opens(middel, wereld.bestuur)
        assert wereld.confirm(aanbod) is Antwoord.BEVESTIGD
        assert not opens(middel, wereld.bestuur)
        machtiging = wereld.accept(aanbod)
        assert opens(middel, wereld.bestuur)
        assert machtiging is not None
        assert machtiging.van == NOW  # not before both sides agreed
        assert machtiging.laatste_dag == date(2026, 12, 31)
        kinds = list(Bericht.objects.order_by("id").values_list("soort", flat=True))
        assert kinds == ["machtiging_bevestigen", "machtiging_aangeboden", "machtiging_ingegaan", "machtiging_ingegaan"]
        lines = set(Logregel.objects.filter(gebeurtenis="machtiging_ingegaan").values_list("organisatie_id", flat=True))
        assert lines == {wereld.bestuur.pk, wereld.kantoor.pk}

    def test_the_link_goes_to_the_address_on_record_and_dies_when_that_changes(self, wereld: Wereld) -> None:
        aanbod = wereld.prepare()
        token = make_token(aanbod)
        Organisatie.objects.filter(pk=wereld.bestuur.pk).update(bevoegd_gezag_email="nieuw@regenboog.example")
        assert answer_machtiging(token=token, akkoord=True, adres=None, now=NOW) is Antwoord.ONBEKEND

    def test_either_side_stops_it_at_once_and_the_impact_is_known_first(self, wereld: Wereld) -> None:
        """R30."""
        taak = make_taak("Leerlingdossier", wereld.rol)
        machtiging = make_machtiging(wereld.bestuur, wereld.kantoor, [wereld.rol], [wereld.school])
        account = make_account(wereld.kantoor)
        grant(account, wereld.rol, wereld.school, machtiging=machtiging)
        gevolg = impact_of(machtiging=machtiging, now=NOW)
        assert (gevolg.mensen, gevolg.kenmerken) == (1, 1)
        assert beslis(account, taak, wereld.school, NOW, namens=wereld.bestuur).mag
        assert stop_machtiging(machtiging=machtiging, beheerder=wereld.nemer, actor=actor(wereld.nemer), now=NOW)
        assert not beslis(account, taak, wereld.school, NOW, namens=wereld.bestuur).mag
        assert Autorisatie.objects.get().tot == NOW
        again = stop_machtiging(machtiging=machtiging, beheerder=wereld.gever, actor=actor(wereld.gever), now=NOW)
        assert not again
        assert Bericht.objects.filter(soort="machtiging_gestopt").count() == 2

    def test_staff_stops_it_with_a_reason_and_a_stranger_never(self, wereld: Wereld) -> None:
        """R30, R32."""
        machtiging = make_machtiging(wereld.bestuur, wereld.kantoor)
        stranger = make_beheerder(make_organisatie("Een ander"))
        with pytest.raises(Weigering):
            stop_machtiging(machtiging=machtiging, beheerder=stranger, actor=actor(stranger), now=NOW)
        staf = make_staf()
        with pytest.raises(ValueError, match="reden"):
            stop_machtiging(machtiging=machtiging, beheerder=None, actor=actor(staf), now=NOW)
        assert stop_machtiging(machtiging=machtiging, beheerder=None, actor=actor(staf, "Fraude"), now=NOW)

    def test_what_is_asked_is_checked(self, wereld: Wereld) -> None:
        foreign = make_kenmerk(make_organisatie("Een ander"), "30XX")
        for match, changes in (
            ("eigen organisatie", {"kenmerken": [foreign]}),
            ("zichzelf", {"gemachtigde": wereld.bestuur}),
            ("vijf jaar", {"tot_en_met": date(2036, 1, 1)}),
            ("hoogstens een jaar na", {"van": date(2027, 3, 4), "tot_en_met": date(2027, 4, 1)}),
            ("hoogstens een jaar na", {"van": date(9999, 1, 2), "tot_en_met": date(9999, 12, 31)}),
            ("niet in het verleden", {"tot_en_met": date(2026, 3, 1)}),
            ("Alleen een gemeente", {"soort": Machtiging.Soort.INBURGERING}),
        ):
            with pytest.raises(Weigering, match=match):
                wereld.prepare(**changes)
        assert not Machtigingsaanbod.objects.exists()

    def test_nobody_passes_on_a_kenmerk_that_he_has_by_machtiging(self, wereld: Wereld) -> None:
        """A chain of one."""
        make_machtiging(wereld.bestuur, wereld.kantoor, [wereld.rol], [wereld.school])
        inhoud = wereld.inhoud(verlener=wereld.kantoor, gemachtigde=make_organisatie("Een derde", "90006666"))
        with pytest.raises(Weigering, match="eigen organisatie"):
            prepare_machtiging(inhoud=inhoud, beheerder=wereld.nemer, actor=actor(wereld.nemer), now=NOW)


class TestTwoPersons:
    """Issue 5: by one, by the same person twice, by whose right was withdrawn in between, by two at once."""

    def test_who_prepared_cannot_accept(self, wereld: Wereld) -> None:
        aanbod = wereld.prepare()
        wereld.confirm(aanbod)
        with pytest.raises(Weigering):
            wereld.accept(aanbod, wereld.gever)
        assert not Machtiging.objects.exists()

    def test_the_other_side_cannot_accept_what_the_bevoegd_gezag_has_not_confirmed(self, wereld: Wereld) -> None:
        with pytest.raises(AlBesloten):
            wereld.accept(wereld.prepare())

    def test_one_answer_counts_once(self, wereld: Wereld) -> None:
        aanbod = wereld.prepare()
        assert wereld.confirm(aanbod) is Antwoord.BEVESTIGD
        assert wereld.confirm(aanbod, akkoord=False) is Antwoord.AL_BEANTWOORD
        wereld.accept(aanbod)
        with pytest.raises(AlBesloten):
            wereld.accept(aanbod)

    def test_a_preparer_whose_right_was_withdrawn_in_between_has_prepared_nothing(self, wereld: Wereld) -> None:
        aanbod = wereld.prepare()
        Beheerderschap.objects.filter(account=wereld.gever).update(tot=NOW)
        assert wereld.confirm(aanbod) is Antwoord.AL_BEANTWOORD

    def test_an_accepter_whose_right_was_withdrawn_in_between_accepts_nothing(self, wereld: Wereld) -> None:
        aanbod = wereld.prepare()
        wereld.confirm(aanbod)
        Beheerderschap.objects.filter(account=wereld.nemer).update(tot=NOW)
        with pytest.raises(Weigering):
            wereld.accept(aanbod)

    def test_what_was_taken_back_cannot_be_accepted(self, wereld: Wereld) -> None:
        aanbod = wereld.prepare()
        wereld.confirm(aanbod)
        withdraw_aanbod(aanbod=aanbod, beheerder=wereld.gever, actor=actor(wereld.gever), now=NOW)
        with pytest.raises(AlBesloten):
            wereld.accept(aanbod)

    def test_a_paper_form_takes_two_members_of_staff(self, wereld: Wereld) -> None:
        one, two = make_staf("een.duo"), make_staf("twee.duo")
        aanbod = enter_paper_machtiging(inhoud=wereld.inhoud(), actor=actor(one), now=NOW)
        with pytest.raises(ZelfdePersoon):
            decide_paper_machtiging(aanbod=aanbod, akkoord=True, actor=actor(one), now=NOW)
        with pytest.raises(PermissionError):
            decide_paper_machtiging(aanbod=aanbod, akkoord=True, actor=actor(wereld.nemer), now=NOW)
        assert decide_paper_machtiging(aanbod=aanbod, akkoord=True, actor=actor(two), now=NOW) is not None


@pytest.mark.django_db(transaction=True)
def test_of_two_beheerders_who_accept_at_once_one_makes_the_machtiging() -> None:
    wereld = Wereld()
    other = make_beheerder(wereld.kantoor)
    aanbod = wereld.prepare()
    wereld.confirm(aanbod)
    results = in_parallel(lambda: wereld.accept(aanbod), lambda: wereld.accept(aanbod, other))
    assert sum(isinstance(result, Machtiging) for result in results) == 1
    assert sum(isinstance(result, AlBesloten) for result in results) == 1
    assert Machtiging.objects.count() == 1


def test_a_year_of_the_job_warns_once_and_ends_on_the_day(wereld: Wereld) -> None:
    """D17: run every third hour of a week around each moment, and twice at each."""
    machtiging = make_machtiging(wereld.bestuur, wereld.kantoor, [wereld.rol], [wereld.school])
    row = grant(make_account(wereld.kantoor), wereld.rol, wereld.school, machtiging=machtiging)
    stale = wereld.prepare()
    moment = NOW
    while moment < machtiging.tot + timedelta(days=60):
        end_machtigingen(now=moment)
        end_machtigingen(now=moment)
        row.refresh_from_db()
        assert (row.tot is not None) == (machtiging.tot <= moment)
        warned = Bericht.objects.filter(soort="machtiging_loopt_af").count()
        assert warned == (2 if machtiging.tot - moment <= timedelta(days=30) else 0)
        moment += timedelta(days=1)
    assert row.tot == machtiging.tot
    stale.refresh_from_db()
    assert stale.stand == Machtigingsaanbod.Stand.VERVALLEN


def test_only_what_the_organisatie_can_give_is_offered(
    clock: Callable[[Any], None], login: Callable[[Account], Client], staf_client: Client, wereld: Wereld
) -> None:
    """R30: the Wet inburgering is a gemeente's, and a kenmerk that went to another organisatie is not hers any more."""
    gone = make_kenmerk(wereld.bestuur, "22BB")
    OrganisatieKenmerk.objects.filter(kenmerk=gone).update(tot=NOW)
    page = reverse("machtiging_maken")
    staf = reverse("admin:accounts_organisatie_machtiging", args=[wereld.bestuur.pk])
    client = login(wereld.gever)
    for text in (client.get(page).content.decode(), staf_client.get(staf).content.decode()):
        assert "21AZ" in text
        assert "22BB" not in text
        assert "Wet inburgering" not in text
        assert re.search(r'value="verwerking"[^>]*checked', text)  # the only one
    wereld.bestuur.soorten.add(make_soort("gemeenten"))
    for text in (client.get(page).content.decode(), staf_client.get(staf).content.decode()):
        assert "Wet inburgering" in text
        assert not re.search(r'value="verwerking"[^>]*checked', text)
    assert wereld.prepare(soort=Machtiging.Soort.INBURGERING).soort == "inburgering"


def test_the_pages_from_offer_to_withdrawal(
    clock: Callable[[Any], None], login: Callable[[Account], Client], wereld: Wereld
) -> None:
    """The whole story through forms and mail (R30)."""
    client = login(wereld.gever)
    page = reverse("machtiging_maken")
    values = {"soort": "verwerking", "rollen": [wereld.rol.pk], "kenmerken": [wereld.school.pk]}
    dates = {"van": "2026-03-02", "tot_en_met": "2026-12-31"}
    wrong = submit(client, page, "Klaarzetten", code=wereld.kantoor.code, kvk_nummer="12345678", **values, **dates)
    assert "We kennen geen organisatie met deze code" in text_of(wrong)
    done = submit(client, page, "Klaarzetten", code=wereld.kantoor.code, kvk_nummer="90005555", **values, **dates)
    aanbod = Machtigingsaanbod.objects.get()
    assert done.headers["Location"] == reverse("machtiging", args=[aanbod.pk])
    assert "Wacht op het bevoegd gezag" in text_of(client.get(done.headers["Location"]))

    gezag = Client()
    link = reverse("machtiging_bevestigen", args=[make_token(aanbod)])
    assert "Bent u akkoord" in text_of(gezag.get(link))
    assert Voorstel.objects.get().staat == Voorstel.Staat.OPEN  # a GET decides nothing
    assert "U hebt de machtiging bevestigd" in text_of(submit(gezag, link, "Ja, bevestigen", keuze="ja"))

    other = login(wereld.nemer)
    detail = reverse("machtiging", args=[aanbod.pk])
    assert "Stichting De Regenboog" in text_of(other.get(reverse("machtigingen")))
    submit(other, detail, "Machtiging aanvaarden", keuze="aanvaarden")
    account = make_account(wereld.kantoor)
    assert "Stichting De Regenboog" in text_of(other.get(reverse("gebruiker_rollen", args=[account.pk])))
    rol_page = reverse("gebruiker_namens", args=[account.pk, aanbod.pk, wereld.rol.sleutel])
    submit(other, rol_page, "Rol geven", kenmerken=[wereld.school.pk], juiste_persoon="on")
    assert Autorisatie.objects.get().machtiging == Machtiging.objects.get()
    stop = reverse("machtiging_stoppen", args=[aanbod.pk])
    assert re.search(r"1 mens verliest 1 kenmerk\.", text_of(other.get(stop)))
    submit(other, stop, "Machtiging stoppen")
    stopped = text_of(other.get(detail))
    assert "Gestopt of afgelopen" in stopped
    assert "Laatste dag 2 maart 2026" in stopped  # the day on which it was stopped
    assert other.get(rol_page).status_code == 404


def test_who_works_by_a_machtiging_up_to_a_last_day_is_on_its_page(
    clock: Callable[[Any], None], login: Callable[[Account], Client], wereld: Wereld
) -> None:
    aanbod = wereld.prepare()
    wereld.confirm(aanbod)
    machtiging = wereld.accept(aanbod)
    account = make_account(wereld.kantoor)
    row = grant(account, wereld.rol, wereld.school, machtiging=machtiging)
    page = reverse("machtiging", args=[aanbod.pk])
    client = login(wereld.nemer)
    for tot, shown in ((None, True), (NOW + timedelta(days=9), True), (NOW, False)):
        Autorisatie.objects.filter(pk=row.pk).update(tot=tot)
        response = client.get(page)
        assert ([account] == response.context["mensen"]) is shown
        assert (account.get_full_name() in text_of(response)) is shown
