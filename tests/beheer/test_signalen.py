"""Signalen: raised from what happened, each once, and mailed to a second person."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.urls import reverse

from accounts.models import TijdelijkeBlokkade
from beheer.models import Signaal
from beheer.rules.signalen import BEWAARD, SPOREN_TERUG
from beheer.services import signalen
from beheer.services.signaalpersonen import find_second
from beheer.services.signalen import raise_signalen, watch_signalen
from beheer.tasks import run_signalen, sweep_signalen
from koppeling.models import Spoor
from koppeling.services.opruimen import delete_what_has_ended
from tests.beheer.signaal import DAY, HOUR, MINUTE, Wereld, mails, render
from tests.factories import (
    NOW,
    link,
    make_beheerder,
    make_rol,
    make_signaal,
)
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel, Taakrun

pytestmark = pytest.mark.django_db

Clock = Callable[[datetime], None]


@pytest.fixture
def wereld(clock: Clock) -> Wereld:
    return Wereld()


def soorten() -> list[str]:
    return list(Signaal.objects.order_by("pk").values_list("soort", flat=True))


# once, whatever becomes of the job


def test_the_job_run_twice_late_or_after_a_week_raises_and_mails_once(wereld: Wereld) -> None:
    raise_signalen(now=NOW - 8 * DAY)
    wereld.change_mail(now=NOW - 7 * DAY - HOUR)
    wereld.mail_code(now=NOW - 7 * DAY)
    for moment in (NOW, NOW, NOW + 2 * MINUTE, NOW + HOUR, NOW + DAY):
        raise_signalen(now=moment)
    assert soorten() == ["mail_voor_code"]
    assert len(mails()) == 1


def test_two_waves_in_a_late_run_are_both_in_the_signaal(wereld: Wereld) -> None:
    raise_signalen(now=NOW - 8 * DAY)
    wereld.give(50, now=NOW - 7 * DAY)
    wereld.give(50, now=NOW - 4 * DAY)
    raise_signalen(now=NOW)
    signaal = Signaal.objects.get()
    assert (signaal.aantal, signaal.tot) == (100, NOW - 4 * DAY)


def test_a_line_that_commits_late_is_seen_all_the_same(wereld: Wereld) -> None:
    raise_signalen(now=NOW)
    late = NOW - SPOREN_TERUG + MINUTE
    wereld.change_mail(now=late - MINUTE)
    wereld.mail_code(now=late)
    assert raise_signalen(now=NOW + 2 * MINUTE) == 1


def test_the_first_run_ever_does_not_dig_up_years(wereld: Wereld) -> None:
    wereld.change_mail(now=NOW - 3 * DAY)
    wereld.mail_code(now=NOW - 3 * DAY)
    assert raise_signalen(now=NOW) == 0


def test_a_run_that_is_killed_leaves_nothing_behind(wereld: Wereld, monkeypatch: pytest.MonkeyPatch) -> None:
    wereld.change_mail()
    wereld.mail_code()
    wereld.give(50)

    class Killed(BaseException):
        pass

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(signalen, "_find_veel_rollen", die)
        with pytest.raises(Killed):
            raise_signalen(now=NOW)
    assert not Signaal.objects.exists()
    assert not mails()
    assert raise_signalen(now=NOW) == 2
    assert len(mails()) == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_raise_it_once(clock: Clock) -> None:
    wereld = Wereld()
    wereld.change_mail()
    wereld.mail_code()
    in_parallel(*[lambda: raise_signalen(now=NOW)] * 4)
    assert soorten() == ["mail_voor_code"]
    assert len(mails()) == 1


def test_an_answered_signaal_is_not_raised_again_for_the_same_change_but_for_a_new_one(wereld: Wereld) -> None:
    signaal = wereld.mail_signaal()
    Signaal.objects.update(staat="klopt", beantwoord_op=NOW, beantwoord_soort="account", beantwoord_id=wereld.piet.pk)
    wereld.mail_code(now=NOW + HOUR)
    assert raise_signalen(now=NOW + HOUR) == 0
    wereld.change_mail("weer.een.ander@elders.example", now=NOW + 2 * HOUR)
    wereld.mail_code(now=NOW + 3 * HOUR)
    assert raise_signalen(now=NOW + 3 * HOUR) == 1
    assert Signaal.objects.exclude(pk=signaal.pk).get().van == NOW + 2 * HOUR


def test_who_also_changed_the_address_has_a_part_in_an_open_signaal_too(wereld: Wereld) -> None:
    signaal = wereld.mail_signaal()
    third = make_beheerder(wereld.organisatie, voornaam="Carla", achternaam="Smit")
    wereld.jolanda, jolanda = third, wereld.jolanda
    wereld.change_mail("c@elders.example", now=NOW + HOUR)
    wereld.mail_code(now=NOW + 2 * HOUR)
    raise_signalen(now=NOW + 2 * HOUR)
    signaal.refresh_from_db()
    assert signaal.door == sorted([jolanda.pk, third.pk])
    assert len(mails()) == 1


# the second person


def test_the_second_person_can_log_in_and_is_nobody_who_had_a_part(wereld: Wereld) -> None:
    signaal = wereld.mail_signaal()
    assert find_second(signaal, NOW) == wereld.piet
    TijdelijkeBlokkade.objects.create(account=wereld.piet, van=NOW)
    assert find_second(signaal, NOW) is None
    unlinked = make_beheerder(wereld.organisatie, voornaam="Carla", achternaam="Smit")
    assert find_second(signaal, NOW) is None
    link(unlinked)
    assert find_second(signaal, NOW) == unlinked
    double = make_beheerder(wereld.organisatie, voornaam="Jola", email=wereld.jolanda.email.upper())
    link(double)
    TijdelijkeBlokkade.objects.create(account=unlinked, van=NOW)
    assert find_second(signaal, NOW) is None, "that is Jolanda by another account"


def test_one_of_the_same_domain_is_asked_first(wereld: Wereld) -> None:
    rol = make_rol("RIO beheer")
    limited = make_beheerder(wereld.organisatie, rol, voornaam="Carla", achternaam="Smit")
    link(limited)
    signaal = wereld.mail_signaal()
    assert find_second(signaal, NOW) == wereld.piet, "who, like Jolanda, has no limit"
    signaal.door = [limited.pk]
    assert find_second(signaal, NOW) == wereld.jolanda


def test_without_a_colleague_the_bevoegd_gezag_is_asked(wereld: Wereld) -> None:
    wereld.piet.beheerderschappen.update(tot=NOW - 2 * DAY)
    wereld.mail_signaal()
    post = render(mails()[0])
    assert post is not None
    assert post.aan == "bestuur@regenboog.example"
    assert "/beheer/signalen/beantwoorden/" in post.tekst
    assert "De link werkt tot 16 maart 2026" in post.tekst


@pytest.mark.parametrize("field", ["bevoegd_gezag_email", "bevoegd_gezag_naam"])
def test_where_the_bevoegd_gezag_did_it_itself_duo_is_asked_at_once(wereld: Wereld, field: str) -> None:
    wereld.piet.beheerderschappen.update(tot=NOW - 2 * DAY)
    value = {"bevoegd_gezag_email": wereld.jolanda.email, "bevoegd_gezag_naam": "jolanda de vries"}[field]
    setattr(wereld.organisatie, field, value)
    wereld.organisatie.save()
    signaal = wereld.mail_signaal()
    assert signaal.geescaleerd_op == NOW
    assert not mails()
    post = render(mails("signaal_duo")[0])
    assert post is not None
    assert reverse("admin:beheer_signaal_change", args=[signaal.pk]) in post.tekst
    assert "Henk" not in post.tekst


def test_a_mail_goes_to_who_is_the_second_person_when_it_leaves_and_not_once_it_was_answered(wereld: Wereld) -> None:
    signaal = wereld.mail_signaal()
    (bericht,) = mails()
    wereld.piet.beheerderschappen.update(tot=NOW - DAY)
    post = render(bericht)
    assert post is not None
    assert post.aan == "bestuur@regenboog.example"
    Signaal.objects.filter(pk=signaal.pk).update(staat="klopt", beantwoord_op=NOW, beantwoord_soort="staf")
    assert render(bericht) is None


def test_whoever_did_it_does_not_read_of_it_in_the_log_before_the_answer(wereld: Wereld) -> None:
    signaal = wereld.mail_signaal()
    line = Logregel.objects.get(gebeurtenis="signaal_ontstaan")
    assert (line.organisatie_id, line.account_id, line.object_id) == (None, None, signaal.pk)


# no answer


def test_who_does_not_answer_is_reminded_once_and_then_duo_is_told_once(wereld: Wereld) -> None:
    wereld.mail_signaal()
    for hours in (0, 23, 24, 24, 25, 71, 72, 72, 73, 100):
        watch_signalen(now=NOW + hours * HOUR)
        expected = {"signaal_herinnering": hours >= 24, "signaal_duo": hours >= 72}
        assert {soort: len(mails(soort)) for soort in expected} == expected
    post = render(mails("signaal_herinnering")[0])
    assert post is not None
    assert post.aan == wereld.piet.email
    assert post.onderwerp.startswith("Herinnering")


def test_after_an_outage_duo_alone_is_told(wereld: Wereld) -> None:
    wereld.mail_signaal()
    watch_signalen(now=NOW + 5 * DAY)
    assert (len(mails("signaal_herinnering")), len(mails("signaal_duo"))) == (0, 1)


def test_an_answered_signaal_is_left_alone(wereld: Wereld) -> None:
    wereld.mail_signaal()
    Signaal.objects.update(staat="klopt", beantwoord_op=NOW, beantwoord_soort="staf")
    watch_signalen(now=NOW + 5 * DAY)
    assert not Bericht.objects.filter(soort__in=["signaal_herinnering", "signaal_duo"]).exists()


def test_the_tasks_do_it(wereld: Wereld, clock: Clock) -> None:
    wereld.change_mail()
    wereld.mail_code()
    sweep_signalen()
    assert soorten() == ["mail_voor_code"]
    clock(NOW + DAY)
    run_signalen()
    assert Taakrun.objects.get(naam="signalen").tellingen == {"herinnerd": 1, "verwijderd": 0}


# R34


def test_r34_a_signaal_is_forgotten_after_two_years_and_a_spoor_after_thirty_days(wereld: Wereld) -> None:
    old = make_signaal(wereld.organisatie, wereld.henk, gemaakt_op=NOW - BEWAARD)
    young = make_signaal(wereld.organisatie, wereld.henk, gemaakt_op=NOW - BEWAARD + MINUTE)
    watch_signalen(now=NOW)
    assert list(Signaal.objects.all()) == [young]
    assert old.pk != young.pk
    for days in (30, 29):
        Spoor.objects.create(soort="brief", account=wereld.henk, browser="x" * 64, op=NOW - days * DAY)
    delete_what_has_ended(now=NOW)
    assert list(Spoor.objects.values_list("op", flat=True)) == [NOW - 29 * DAY]
