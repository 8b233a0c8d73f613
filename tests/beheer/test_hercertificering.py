"""The yearly look back: every grant kept, withdrawn or "ken ik niet" by somebody else, or it lapses on the day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import Account, Beheerderschap
from autorisatie.models import Autorisatie, Taakgebruik
from autorisatie.services import Weigering, end_autorisaties
from beheer.models import Beoordeling, Hercertificering
from beheer.rules.hercertificering import Toekenning, assign
from beheer.services.hercertificering import (
    answer_as_staf,
    answer_beoordelingen,
    check_zegel,
    lapse_hercertificering,
    start_hercertificering,
)
from beheer.services.hercertificering_taak import run_hercertificering
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_staf,
    make_taak,
)
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel, Taakrun
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db

Antwoord = Beoordeling.Antwoord
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JOB = Actor(ActorSoort.TAAK, naam="hercertificering")


def actor(account: Account) -> Actor:
    soort = ActorSoort.STAF if account.is_staff else ActorSoort.ACCOUNT
    return Actor(soort, id=account.pk, namens=account.organisatie_id, reden="Nagevraagd.")


class Wereld:
    """An organisatie with two beheerders and two gebruikers; everybody has one rol."""

    def __init__(self) -> None:
        self.organisatie = make_organisatie()
        self.rol, self.school = make_rol(), make_kenmerk(self.organisatie)
        self.jolanda = make_beheerder(self.organisatie)
        self.sema = make_beheerder(self.organisatie, voornaam="Sema", tussenvoegsel="", achternaam="Yilmaz")
        self.henk = make_account(self.organisatie, voornaam="Henk", tussenvoegsel="", achternaam="Zande")
        self.els = make_account(self.organisatie, voornaam="Els", tussenvoegsel="", achternaam="Dijkstra")
        for one in (self.jolanda, self.sema, self.henk, self.els):
            grant(one, self.rol, self.school)

    def start(self, now: datetime = NOW) -> Hercertificering:
        ronde = start_hercertificering(organisatie=self.organisatie, actor=JOB, now=now)
        assert ronde is not None
        return ronde


@pytest.fixture
def wereld() -> Wereld:
    return Wereld()


def of(ronde: Hercertificering, account: Account) -> Beoordeling:
    return ronde.beoordelingen.get(autorisatie__account=account)


def answer(ronde: Hercertificering, beheerder: Account, antwoorden: dict[Account, str], now: datetime = NOW) -> int:
    wanted = {of(ronde, account).pk: antwoord for account, antwoord in antwoorden.items()}
    return answer_beoordelingen(ronde=ronde, antwoorden=wanted, beheerder=beheerder, actor=actor(beheerder), now=now)


def holds(account: Account, now: datetime = NOW) -> bool:
    return Autorisatie.objects.live(now).filter(account=account).exists()


def mails(soort: str) -> int:
    return Bericht.objects.filter(soort=f"hercertificering_{soort}").count()


class TestWhoJudges:
    def test_it_is_spread_evenly_and_nobody_judges_herself(self) -> None:
        grants = [Toekenning(number, number, 7) for number in range(1, 11)]
        found = assign(grants, {1: frozenset({7}), 2: frozenset({7})})
        assert found[1] == 2
        assert found[2] == 1
        assert sorted(found.values(), key=str).count(1) == 5

    def test_a_rol_goes_to_who_may_hand_it_out_and_else_to_duo(self) -> None:
        """R02."""
        grants = [Toekenning(1, 5, 7), Toekenning(2, 5, 8), Toekenning(3, 1, 7)]
        assert assign(grants, {1: frozenset({7})}) == {1: 1, 2: None, 3: None}

    def test_a_round_holds_every_live_grant_also_by_machtiging(self, wereld: Wereld) -> None:
        school = make_organisatie("Basisschool De Vlieger", "90005555")
        other = make_kenmerk(school, "30XX")
        machtiging = make_machtiging(school, wereld.organisatie, [wereld.rol], [other])
        grant(wereld.henk, wereld.rol, other, machtiging=machtiging)
        ended = make_account(wereld.organisatie)
        grant(ended, wereld.rol, wereld.school)
        end_autorisaties(account=ended, actor=JOB, now=NOW)
        ronde = wereld.start()
        assert ronde.beoordelingen.count() == 5
        assert wereld.start() == ronde
        assert of(ronde, wereld.jolanda).beoordelaar == wereld.sema
        assert of(ronde, wereld.sema).beoordelaar == wereld.jolanda
        assert mails("begonnen") == 2

    def test_a_sole_beheerder_has_her_own_judged_by_duo(self, wereld: Wereld) -> None:
        Beheerderschap.objects.filter(account=wereld.sema).update(tot=NOW)
        ronde = wereld.start()
        assert of(ronde, wereld.jolanda).beoordelaar is None
        assert of(ronde, wereld.henk).beoordelaar == wereld.jolanda
        staf = make_staf()
        with pytest.raises(Weigering):
            answer_as_staf(beoordeling=of(ronde, wereld.henk), antwoord="behouden", actor=actor(staf), now=NOW)
        with pytest.raises(PermissionError):
            answer_as_staf(
                beoordeling=of(ronde, wereld.jolanda), antwoord="behouden", actor=actor(wereld.jolanda), now=NOW
            )
        own = of(ronde, wereld.jolanda)
        assert answer_as_staf(beoordeling=own, antwoord="behouden", actor=actor(staf), now=NOW)
        assert not answer_as_staf(beoordeling=own, antwoord="ingetrokken", actor=actor(staf), now=NOW)
        assert holds(wereld.jolanda)


class TestAnswers:
    def test_kept_stays_and_withdrawn_or_unknown_ends_at_once(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        assert answer(ronde, wereld.jolanda, {wereld.henk: "behouden", wereld.els: "onbekend"}) == 2
        assert holds(wereld.henk)
        assert not holds(wereld.els)
        events = set(Logregel.objects.values_list("gebeurtenis", flat=True))
        assert {"rol_behouden", "rol_onbekend", "rol_ingetrokken"} <= events
        assert answer(ronde, wereld.sema, {wereld.henk: "ingetrokken"}) == 0  # the first answer counts
        assert holds(wereld.henk)

    def test_nobody_certifies_herself(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        with pytest.raises(Weigering, match="niet uw eigen rollen"):
            answer(ronde, wereld.jolanda, {wereld.jolanda: "behouden", wereld.henk: "behouden"})
        assert not ronde.beoordelingen.exclude(antwoord="").exists()

    def test_who_is_no_beheerder_any_more_answers_nothing(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        Beheerderschap.objects.filter(account=wereld.jolanda).update(tot=NOW)
        with pytest.raises(Weigering):
            answer(ronde, wereld.jolanda, {wereld.henk: "behouden"})

    def test_a_rol_that_is_not_hers_to_hand_out_is_not_hers_to_judge(self, wereld: Wereld) -> None:
        """R02."""
        small = make_beheerder(wereld.organisatie, make_rol("Een andere rol"))
        ronde = wereld.start()
        with pytest.raises(Weigering):
            answer(ronde, small, {wereld.henk: "ingetrokken"})

    def test_the_last_answer_ends_the_round_with_a_sealed_statement(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        answer(ronde, wereld.jolanda, {wereld.henk: "behouden", wereld.els: "ingetrokken", wereld.sema: "behouden"})
        assert mails("afgerond") == 0
        answer(ronde, wereld.sema, {wereld.jolanda: "behouden"})
        ronde.refresh_from_db()
        assert ronde.afgerond_op == NOW
        assert ronde.verklaring["aantallen"] == [["behouden", 3], ["ingetrokken", 1]]
        assert [regel["kenmerken"] for regel in ronde.verklaring["regels"]] == [
            ["21AZ"]
        ] * 4  # also what was taken away
        assert check_zegel(ronde)
        ronde.verklaring["regels"][0]["antwoord"] = "behouden"
        assert not check_zegel(ronde)
        assert mails("afgerond") == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_answer_a_grant_once() -> None:
    wereld = Wereld()
    ronde = wereld.start()
    pk = of(ronde, wereld.henk).pk

    def judge(number: int) -> int:
        who = (wereld.jolanda, wereld.sema)[number]
        return answer_beoordelingen(
            ronde=ronde, antwoorden={pk: ("behouden", "ingetrokken")[number]}, beheerder=who, actor=actor(who), now=NOW
        )

    assert sorted(in_parallel(lambda: judge(0), lambda: judge(1))) == [0, 1]
    assert Logregel.objects.filter(gebeurtenis__in=["rol_behouden", "rol_ingetrokken"]).count() == 1


class TestTheYear:
    def test_every_mail_once_and_every_lapse_on_its_day_whatever_runs_twice(self, wereld: Wereld) -> None:
        """D17: the job runs every day for a year and a bit, each time twice; part of it is answered."""
        run_hercertificering(now=NOW)
        ronde = Hercertificering.objects.get()
        answer(ronde, wereld.jolanda, {wereld.henk: "behouden"})
        gone: datetime | None = None
        moment = NOW
        while moment < NOW + 380 * DAY:
            moment += DAY
            run_hercertificering(now=moment)
            assert run_hercertificering(now=moment) is None
            if gone is None and not holds(wereld.els, moment):
                gone = moment
        ronde.refresh_from_db()
        assert gone is not None
        assert ronde.vervalt_op <= gone < ronde.vervalt_op + DAY
        assert holds(wereld.henk, moment)
        assert Autorisatie.objects.filter(tot__isnull=False).count() == 3
        second = Hercertificering.objects.exclude(pk=ronde.pk).get()  # next year's, for the one who is left
        assert second.begonnen_op - ronde.begonnen_op >= timedelta(days=365)
        first = Bericht.objects.filter(object_id=ronde.pk)
        kinds = sorted(first.values_list("soort", flat=True))
        assert kinds == [
            "hercertificering_afgerond",
            *["hercertificering_begonnen"] * 2,
            "hercertificering_escalatie",
            *["hercertificering_herinnering"] * 2,
            *["hercertificering_waarschuwing"] * 2,
        ]
        assert check_zegel(ronde)

    def test_a_late_job_gives_seven_days_of_warning_first(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        late = NOW + 60 * DAY
        run_hercertificering(now=late)
        assert holds(wereld.els, late)
        run_hercertificering(now=late + 7 * DAY + 12 * HOUR)
        assert holds(wereld.els, late + 7 * DAY + 12 * HOUR)
        run_hercertificering(now=late + 7 * DAY + 13 * HOUR)
        assert not holds(wereld.els, late + 7 * DAY + 13 * HOUR)
        ronde.refresh_from_db()
        assert ronde.verklaring["aantallen"] == [["niet beoordeeld, vervallen", 4]]
        assert Logregel.objects.filter(gebeurtenis="rol_vervallen").count() == 4

    def test_a_run_that_was_killed_is_taken_over(self, wereld: Wereld) -> None:
        """D16: everything is in the state of the rows."""
        wereld.start()
        warn = NOW + 25 * DAY
        run_hercertificering(now=warn)
        Taakrun.objects.update(status=Taakrun.Status.BEZIG, klaar_op=None)
        again = run_hercertificering(now=warn + timedelta(minutes=59))
        assert again is not None
        assert again.status == Taakrun.Status.KLAAR
        assert mails("waarschuwing") == 2
        assert mails("escalatie") == 1

    def test_what_ended_in_another_way_is_not_asked_any_more(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        for account in (wereld.henk, wereld.els, wereld.jolanda, wereld.sema):
            end_autorisaties(account=account, actor=JOB, now=NOW)
        run_hercertificering(now=NOW + HOUR)
        ronde.refresh_from_db()
        assert ronde.verklaring["aantallen"] == [["al gestopt", 4]]

    def test_who_leaves_hands_her_part_to_a_colleague(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        Beheerderschap.objects.filter(account=wereld.sema).update(tot=NOW)
        run_hercertificering(now=NOW + HOUR)
        judges = set(
            ronde.beoordelingen.exclude(autorisatie__account=wereld.jolanda).values_list("beoordelaar", flat=True)
        )
        assert judges == {wereld.jolanda.pk}
        assert of(ronde, wereld.jolanda).beoordelaar is None

    def test_before_its_end_nothing_lapses_and_after_seven_years_it_is_forgotten(self, wereld: Wereld) -> None:
        """R34."""
        ronde = wereld.start()
        assert lapse_hercertificering(ronde=ronde, actor=JOB, now=NOW + 40 * DAY) == 0  # nobody was warned
        run_hercertificering(now=NOW + 40 * DAY)
        run_hercertificering(now=NOW + 50 * DAY)
        run_hercertificering(now=NOW + timedelta(days=7 * 365 + 51))
        assert not Hercertificering.objects.filter(pk=ronde.pk).exists()

    def test_a_mail_is_not_sent_when_nothing_is_left_to_judge(self, wereld: Wereld) -> None:
        ronde = wereld.start()
        run_hercertificering(now=NOW + 15 * DAY)
        bericht = Bericht.objects.get(
            soort="hercertificering_herinnering", account_id=of(ronde, wereld.sema).beoordelaar_id
        )
        post = berichtsoorten[bericht.soort].render(bericht, NOW)
        assert post is not None
        assert "tot en met 1 april 2026" in post.tekst
        assert wereld.jolanda.gebruikersnaam not in post.tekst
        answer(ronde, wereld.jolanda, dict.fromkeys((wereld.sema, wereld.henk, wereld.els), "behouden"))
        assert berichtsoorten[bericht.soort].render(bericht, NOW) is None


class TestPages:
    @pytest.fixture
    def adres(self) -> str:
        return reverse("hercertificering")

    @pytest.fixture
    def venster(self, clock: object, login: Callable[[Account], Client], wereld: Wereld) -> Client:
        return login(wereld.jolanda)

    def test_without_a_round_it_says_so(self, venster: Client, adres: str) -> None:
        assert "Er loopt nu geen ronde" in text_of(venster.get(adres))

    def test_she_answers_a_part_and_finds_the_rest_again(self, venster: Client, wereld: Wereld, adres: str) -> None:
        link(wereld.henk, used=NOW - 20 * DAY)
        taak = make_taak("Leerlingdossier", wereld.rol)
        Taakgebruik.objects.create(account=wereld.henk, taak=taak, dag=(NOW - 20 * DAY).date(), aantal=3)
        ronde = wereld.start()
        text = text_of(venster.get(adres))
        assert "ROD raadpleger voor 21AZ 10 februari 2026 ingelogd op 10 februari 2026" in text
        assert "nooit ingelogd" in text
        assert "Vries, Jolanda de" not in text
        field = f"rij_{of(ronde, wereld.henk).pk}"
        submit(venster, adres, "Antwoorden opslaan", **{field: "behouden"})
        text = text_of(venster.get(adres))
        assert "Zande, Henk" not in text
        assert "Dijkstra, Els" in text
        assert "Behouden: 1" in text

    def test_a_made_up_or_own_answer_is_refused_without_a_500(
        self, venster: Client, wereld: Wereld, adres: str
    ) -> None:
        ronde = wereld.start()
        own = f"rij_{of(ronde, wereld.jolanda).pk}"
        for values in ({own: "behouden"}, {"rij_99999999999999999999": "behouden"}, {"rij_x": "?"}):
            submit(venster, adres, "Antwoorden opslaan", **values)
        bad = submit(venster, adres, "Antwoorden opslaan", **{f"rij_{of(ronde, wereld.henk).pk}": "weg"})
        assert "een antwoord uit de lijst" in text_of(bad)
        assert not ronde.beoordelingen.exclude(antwoord="").exists()

    @pytest.mark.parametrize("people", [1, 12])
    def test_it_asks_as_much_for_many_as_for_one(
        self, venster: Client, wereld: Wereld, adres: str, people: int
    ) -> None:
        for _ in range(people):
            grant(make_account(wereld.organisatie), wereld.rol, wereld.school)
        wereld.start()
        venster.get(adres)
        with CaptureQueriesContext(connection) as queries:
            venster.get(adres)
        assert len(queries) == 9

    def test_the_statement_is_a_pdf_with_the_seal_and_of_the_own_organisatie_only(
        self, venster: Client, wereld: Wereld, adres: str
    ) -> None:
        ronde = wereld.start()
        answer(ronde, wereld.jolanda, dict.fromkeys((wereld.sema, wereld.henk, wereld.els), "behouden"))
        answer(ronde, wereld.sema, {wereld.jolanda: "behouden"})
        ronde.refresh_from_db()
        pdf = submit(venster, adres, "Verklaring van 2 maart 2026")
        assert pdf["Content-Type"] == "application/pdf"
        reader = PdfReader(BytesIO(pdf.content))
        text = "".join(one.extract_text() for one in reader.pages)
        assert ronde.zegel in text.replace("\n", "")
        assert "Henk Zande" in text
        assert "ROD raadpleger, voor 21AZ" in text.replace("\n", " ")
        root: Any = reader.root_object
        assert root["/MarkInfo"]["/Marked"]  # tagged
        assert Logregel.objects.filter(gebeurtenis="verklaring_gedownload").count() == 1
        shown = venster.get(adres)
        Hercertificering.objects.update(organisatie=make_organisatie("Een ander"))
        assert submit(venster, shown, "Verklaring van 2 maart 2026").status_code == 404


class TestAdmin:
    def test_staff_begin_a_round_judge_what_nobody_can_and_check_a_seal(
        self, clock: object, staf_client: Client, wereld: Wereld
    ) -> None:
        Beheerderschap.objects.filter(account=wereld.sema).update(tot=NOW)
        begin = reverse("admin:accounts_organisatie_hercertificering", args=[wereld.organisatie.pk])
        staf_client.post(begin, {"toelichting": "Melding van fraude."})
        ronde = Hercertificering.objects.get()
        keep = reverse("admin:beheer_beoordeling_behouden", args=[of(ronde, wereld.jolanda).pk])
        assert (
            "de rol ROD raadpleger, voor 21AZ. Geen beheerder kan dit beoordelen"
            in staf_client.get(keep).content.decode()
        )
        staf_client.post(keep, {"toelichting": "Gebeld met het bevoegd gezag."})
        assert of(ronde, wereld.jolanda).antwoord == "behouden"
        drop = reverse("admin:beheer_beoordeling_intrekken", args=[of(ronde, wereld.henk).pk])
        refused = staf_client.post(drop, {"toelichting": "Zomaar."})
        assert "beoordeelt een beheerder" in refused.content.decode()
        others = dict.fromkeys((wereld.sema, wereld.henk, wereld.els), "behouden")
        answer(ronde, wereld.jolanda, others)
        ronde.refresh_from_db()
        found = staf_client.get(reverse("admin:beheer_hercertificering_changelist"), {"q": ronde.zegel})
        assert wereld.organisatie.naam in found.content.decode()
        page = reverse("admin:beheer_hercertificering_change", args=[ronde.pk])
        assert "Ja. De verklaring is niet gewijzigd" in staf_client.get(page).content.decode()
        Hercertificering.objects.update(zegel="vals")
        assert "Nee. De verklaring of het zegel" in staf_client.get(page).content.decode()
