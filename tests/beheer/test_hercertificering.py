"""The yearly look back: every grant kept, withdrawn or "ken ik niet" by somebody else, or it lapses on the day."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Beheerderschap
from autorisatie.models import Autorisatie, BeheerderBevoegdheid
from autorisatie.services import Weigering, end_autorisaties
from beheer.models import Hercertificering
from beheer.rules.hercertificering import Toekenning, assign
from beheer.services.hercertificering import answer_as_staf, answer_beoordelingen, check_zegel, lapse_hercertificering
from beheer.services.hercertificering_taak import run_hercertificering
from tests.beheer.ronde import DAY, HOUR, JOB, Wereld, actor, answer, holds, mails, of
from tests.factories import (
    NOW,
    grant,
    make_account,
    make_beheerder,
    make_beheerdersrol,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_staf,
)
from tests.parallel import in_parallel
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel, Taakrun

pytestmark = pytest.mark.django_db


@pytest.fixture
def wereld() -> Wereld:
    return Wereld()


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

    def test_whose_domain_was_narrowed_hands_her_part_to_a_colleague_and_else_to_duo(self, wereld: Wereld) -> None:
        """R02: she stays beheerder; what nobody can judge any more would lapse."""
        ronde = wereld.start()
        narrow = make_beheerdersrol(make_rol("Een andere rol"))
        held = BeheerderBevoegdheid.objects.filter(beheerderschap__account__in=[wereld.jolanda, wereld.sema])
        held.filter(beheerderschap__account=wereld.sema).update(beheerdersrol=narrow)
        run_hercertificering(now=NOW + HOUR)
        assert of(ronde, wereld.els).beoordelaar == of(ronde, wereld.henk).beoordelaar == wereld.jolanda
        held.update(beheerdersrol=narrow)
        run_hercertificering(now=NOW + 2 * HOUR)
        assert not ronde.beoordelingen.exclude(beoordelaar=None).exists()
        staf = actor(make_staf())
        assert answer_as_staf(beoordeling=of(ronde, wereld.henk), antwoord="behouden", actor=staf, now=NOW + 3 * HOUR)
        run_hercertificering(now=NOW + 25 * DAY)
        run_hercertificering(now=NOW + 40 * DAY)
        assert holds(wereld.henk, NOW + 40 * DAY)

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
