"""R01, R03: an application for a beheerder, from the form to the decision; who may do what, when, and how often."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import Account, Beheerderschap, Organisatie
from accounts.permissions import is_beheerder
from accounts.services.accounts import LaatsteBeheerder, appoint_beheerder, end_beheerderschap
from autorisatie.services import Weigering, beheerdersrollen_of
from beheer.models import Aanvraag
from beheer.rules.aanvragen import BESLUITEN_BINNEN, BEVESTIGEN_BINNEN, MAILS_PER_DAG
from beheer.services.aanvragen import (
    AanvraagKanNiet,
    Uitkomst,
    answer_aanvraag,
    clear_aanvragen,
    find_aanvraag,
    grant_aanvraag,
    refuse_aanvraag,
)
from beheer.tasks import run_aanvragen
from tests.beheer.aanvraag import JOLANDA, confirm, enter, full_rol, mail_of, submit, token_of
from tests.factories import (
    NOW,
    make_account,
    make_beheerder,
    make_beheerdersrol,
    make_organisatie,
    make_staf,
)
from tests.parallel import in_parallel
from verantwoording.haken import logzinnen
from verantwoording.models import Bericht, Logregel, Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import AlBesloten, ZelfdePersoon, clear_voorstellen

pytestmark = pytest.mark.django_db
Staat = Aanvraag.Staat


def staf_actor(naam: str = "collega.duo") -> Actor:
    return Actor(ActorSoort.STAF, id=make_staf(naam).pk, reden="Gebeld met het bevoegd gezag.")


def granted(aanvraag: Aanvraag, actor: Actor, account: Account | None = None, now: datetime = NOW) -> Account:
    return grant_aanvraag(aanvraag=aanvraag, account=account, beheerdersrollen=[full_rol()], actor=actor, now=now)


def test_r01_from_form_to_beheerder() -> None:
    organisatie = make_organisatie()
    aanvraag = submit(organisatie)
    assert (aanvraag.staat, aanvraag.organisatie) == (Staat.ONBEVESTIGD, organisatie)
    assert confirm(aanvraag) is Uitkomst.BEVESTIGD
    account = granted(aanvraag, staf_actor())
    assert is_beheerder(account, NOW)
    assert list(beheerdersrollen_of(account=account, now=NOW)) == [full_rol()]
    aanvraag.refresh_from_db()
    assert (aanvraag.staat, aanvraag.account) == (Staat.TOEGEKEND, account)
    lines = [logzinnen[row.gebeurtenis](row.gegevens) for row in Logregel.objects.order_by("id")]
    assert lines[0] == "Aanvraag bij DUO ingediend: een beheerder aanmelden."
    assert lines[-1] != lines[0]
    first = Logregel.objects.order_by("id")[0]
    assert (first.actor_soort, first.actor_id, first.organisatie_id) == ("gezag", organisatie.pk, organisatie.pk)
    decision = Logregel.objects.get(gebeurtenis="aanvraag_akkoord")
    assert (decision.actor_soort, decision.reden) == ("staf", "Gebeld met het bevoegd gezag.")
    assert Bericht.objects.filter(soort="aanmelding", account_id=account.pk).exists()
    post = mail_of("aanvraag_besloten", aanvraag.pk)
    assert post.aan == organisatie.bevoegd_gezag_email
    assert account.gebruikersnaam not in post.tekst


def test_r01_the_mail_goes_to_the_address_on_record_and_to_nobody_else() -> None:
    organisatie = make_organisatie()
    known, unknown = submit(organisatie), submit()
    assert mail_of("aanvraag_bevestigen", known.pk).aan == organisatie.bevoegd_gezag_email
    assert mail_of("aanvraag_bevestigen", unknown.pk).aan == "ingevuld@regenboog.example"
    assert Bericht.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "found"),
    [({}, True), ({"kvk_nummer": "90009999"}, False), ({"code": "00000"}, False), ({"code_soort": "brin"}, False)],
)
def test_r01_an_organisatie_is_known_by_code_and_kvk_nummer_together(wrong: dict[str, str], *, found: bool) -> None:
    organisatie = make_organisatie()
    assert (submit(organisatie, now=NOW, **wrong).organisatie == organisatie) is found


def test_d3_without_a_code_the_kvk_nummer_must_name_one_organisatie() -> None:
    own = {"code_soort": Organisatie.CodeSoort.EIGEN}
    organisatie = make_organisatie("Kinderopvang Bolderkar", "90007777", **own)
    without = {"code_soort": "", "code": ""}
    assert submit(organisatie, now=NOW, **without).organisatie == organisatie
    make_organisatie("Kinderopvang Dribbel", "90007777", **own)
    assert submit(organisatie, now=NOW, **without).organisatie is None


def test_r01_an_ended_organisatie_is_not_known_any_more() -> None:
    assert submit(make_organisatie(beeindigd_op=NOW)).organisatie is None


def test_nobody_fills_the_mailbox_of_a_bevoegd_gezag_from_here() -> None:
    organisatie = make_organisatie()
    for _ in range(MAILS_PER_DAG + 2):
        submit(organisatie)
    assert Bericht.objects.filter(soort="aanvraag_bevestigen").count() == MAILS_PER_DAG
    submit(organisatie, now=NOW + timedelta(days=2))
    assert Bericht.objects.filter(soort="aanvraag_bevestigen").count() == MAILS_PER_DAG + 1


def test_r01_a_confirmed_one_of_an_unknown_organisatie_waits_until_staff_have_added_it() -> None:
    aanvraag = submit(code="45678")
    assert confirm(aanvraag) is Uitkomst.BEVESTIGD
    actor = staf_actor()
    with pytest.raises(AanvraagKanNiet, match="voeg haar eerst toe"):
        granted(aanvraag, actor)
    assert Voorstel.objects.get().staat == Voorstel.Staat.OPEN
    organisatie = make_organisatie(code="45678", bevoegd_gezag_email=aanvraag.gezag_email.upper())
    assert granted(aanvraag, actor).organisatie == organisatie
    assert mail_of("aanvraag_besloten", aanvraag.pk).aan == organisatie.bevoegd_gezag_email


def test_the_bevoegd_gezag_holds_back_what_it_did_not_ask_for() -> None:
    aanvraag = submit(make_organisatie())
    assert confirm(aanvraag, akkoord=False) is Uitkomst.TEGENGEHOUDEN
    assert not Voorstel.objects.exists()
    assert Logregel.objects.get().gebeurtenis == "aanvraag_tegengehouden"
    with pytest.raises(AlBesloten):
        granted(aanvraag, staf_actor())


def test_the_link_works_once_and_for_seven_days() -> None:
    first, second = submit(make_organisatie()), submit(make_organisatie())
    token = token_of(first)
    assert find_aanvraag(token=token, now=NOW) == (None, first)
    assert confirm(first) is Uitkomst.BEVESTIGD
    assert find_aanvraag(token=token, now=NOW)[0] is Uitkomst.AL_BEANTWOORD
    late = token_of(second)
    assert find_aanvraag(token=late, now=NOW + BEVESTIGEN_BINNEN)[0] is Uitkomst.VERLOPEN
    assert find_aanvraag(token="onzin", now=NOW) == (Uitkomst.ONBEKEND, None)
    assert find_aanvraag(token=token[:-3] + "abc", now=NOW)[0] is Uitkomst.ONBEKEND


def test_r01_a_bevoegd_gezag_that_was_replaced_in_between_confirms_nothing() -> None:
    organisatie = make_organisatie()
    aanvraag = submit(organisatie)
    token = token_of(aanvraag)
    Organisatie.objects.update(bevoegd_gezag_email="opvolger@regenboog.example")
    assert find_aanvraag(token=token, now=NOW)[0] is Uitkomst.ONBEKEND


def test_four_eyes_one_person_of_staff_cannot_enter_and_decide() -> None:
    organisatie, actor = make_organisatie(), staf_actor()
    aanvraag = enter(organisatie, actor)
    for decide in (granted, lambda aanvraag, actor: refuse_aanvraag(aanvraag=aanvraag, actor=actor, now=NOW)):
        with pytest.raises(ZelfdePersoon):
            decide(aanvraag, actor)
    assert not Account.objects.of_organisatie(organisatie).exists()
    granted(aanvraag, staf_actor("derde.duo"))
    with pytest.raises(AlBesloten):
        granted(aanvraag, staf_actor("vierde.duo"))


def test_four_eyes_who_is_no_longer_staff_does_not_decide() -> None:
    aanvraag, actor = enter(make_organisatie(), staf_actor()), staf_actor("vertrekt.duo")
    Account.objects.filter(pk=actor.id or 0).update(beeindigd_op=NOW)
    with pytest.raises(PermissionError):
        granted(aanvraag, actor)
    beheerder = make_beheerder()
    with pytest.raises(PermissionError):
        granted(aanvraag, Actor(ActorSoort.ACCOUNT, id=beheerder.pk, reden="Zelf gedaan."))
    assert Aanvraag.objects.get().staat == Staat.INGEDIEND


@pytest.mark.django_db(transaction=True)
def test_four_eyes_of_two_who_decide_at_once_one_does() -> None:
    organisatie = make_organisatie()
    aanvraag = enter(organisatie, staf_actor())
    second, third = staf_actor("tweede.duo"), staf_actor("derde.duo")
    full_rol()
    results = in_parallel(
        lambda: granted(aanvraag, second), lambda: refuse_aanvraag(aanvraag=aanvraag, actor=third, now=NOW)
    )
    assert sum(isinstance(result, AlBesloten) for result in results) == 1
    registered = Account.objects.of_organisatie(organisatie).count()
    assert registered == (Aanvraag.objects.get().staat == Staat.TOEGEKEND)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_the_link_at_once_confirm_once() -> None:
    aanvraag = submit(make_organisatie())
    token = token_of(aanvraag)  # read first: once confirmed there is no mail to read it from
    click = partial(answer_aanvraag, token=token, akkoord=True, adres="192.0.2.7", now=NOW)
    outcomes = in_parallel(click, click)
    assert sorted(outcomes) == [Uitkomst.AL_BEANTWOORD, Uitkomst.BEVESTIGD]
    assert Voorstel.objects.count() == 1


def test_r02_what_a_beheerder_may_hand_out_is_changed() -> None:
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    aanvraag = enter(beheerder.organisatie, staf_actor(), soort="wijzigen", **JOLANDA)
    other = make_beheerdersrol(*[])
    with pytest.raises(AanvraagKanNiet, match="welke beheerder"):
        granted(aanvraag, staf_actor("tweede.duo"))
    granted(aanvraag, staf_actor("derde.duo"), beheerder)
    assert list(beheerdersrollen_of(account=beheerder, now=NOW)) == [other]


def test_a_refusal_of_what_is_asked_writes_nothing() -> None:
    """Another organisatie's beheerder, or a domain that is not made for this soort."""
    organisatie = make_organisatie()
    aanvraag = enter(organisatie, staf_actor(), soort="wijzigen", **JOLANDA)
    with pytest.raises(AanvraagKanNiet, match="andere organisatie"):
        granted(aanvraag, staf_actor("tweede.duo"), make_beheerder())
    own = make_beheerder(organisatie)
    wrong = make_beheerdersrol()
    wrong.soorten.clear()
    with pytest.raises(Weigering):
        grant_aanvraag(aanvraag=aanvraag, account=own, beheerdersrollen=[wrong], actor=staf_actor("derde.duo"), now=NOW)
    assert Voorstel.objects.get().staat == Voorstel.Staat.OPEN
    assert Aanvraag.objects.get().staat == Staat.INGEDIEND


def test_r03_succession_the_new_one_comes_as_the_old_one_goes() -> None:
    old = make_beheerder()
    assert old.organisatie is not None
    aanvraag = submit(old.organisatie, opvolger_van="Jolanda de Vries")
    confirm(aanvraag)
    new = granted(aanvraag, staf_actor(), old)
    assert (is_beheerder(new, NOW), is_beheerder(old, NOW)) == (True, False)


def test_r03_withdrawing_the_last_one_is_a_decision_of_staff_with_its_reason() -> None:
    last = make_beheerder()
    assert last.organisatie is not None
    aanvraag = submit(last.organisatie, soort="intrekken", **JOLANDA)
    confirm(aanvraag)
    with pytest.raises(LaatsteBeheerder):
        end_beheerderschap(account=last, actor=Actor(ActorSoort.ACCOUNT, id=1), now=NOW)
    granted(aanvraag, staf_actor(), last)
    assert not is_beheerder(last, NOW)
    again = submit(last.organisatie, soort="intrekken", **JOLANDA)
    confirm(again)
    with pytest.raises(AanvraagKanNiet, match="geen beheerder meer"):
        granted(again, staf_actor("tweede.duo"), last)


def test_a_noodbeheerder_ends_by_herself_at_the_end_of_her_day() -> None:
    aanvraag = submit(make_organisatie(), nood_tot=date(2026, 3, 31))
    confirm(aanvraag)
    account = granted(aanvraag, staf_actor())
    end = datetime(2026, 3, 31, 22, tzinfo=UTC)  # midnight in Amsterdam
    assert Beheerderschap.objects.get(account=account).tot == end
    assert is_beheerder(account, end - timedelta(seconds=1))
    assert not is_beheerder(account, end)
    assert "tot 01-04-2026" in logzinnen["noodbeheerder_aangesteld"]({"tot": "01-04-2026"})


def test_a_noodbeheerder_whose_day_has_passed_is_not_appointed() -> None:
    aanvraag = submit(make_organisatie(), nood_tot=date(2026, 3, 5))
    confirm(aanvraag)
    with pytest.raises(AanvraagKanNiet, match="voorbij"):
        granted(aanvraag, staf_actor(), now=NOW + timedelta(days=5))


def test_r03_a_noodbeheerder_is_no_successor_and_can_become_one() -> None:
    beheerder = make_beheerder()
    nood = make_account(beheerder.organisatie)
    actor = Actor(ActorSoort.STAF, id=1)
    end = NOW + timedelta(days=30)
    appoint_beheerder(account=nood, actor=actor, now=NOW, tot=end)
    with pytest.raises(LaatsteBeheerder):
        end_beheerderschap(account=beheerder, actor=actor, now=NOW)
    longer = appoint_beheerder(account=nood, actor=actor, now=NOW, tot=end + timedelta(days=7))
    assert (longer.tot, Beheerderschap.objects.filter(account=nood).count()) == (end + timedelta(days=7), 1)
    later = NOW + timedelta(days=1)
    for_good = appoint_beheerder(account=nood, actor=actor, now=later)
    assert for_good.tot is None
    assert appoint_beheerder(account=nood, actor=actor, now=later, tot=end) == for_good
    assert end_beheerderschap(account=beheerder, actor=actor, now=later)


def test_r34_what_was_not_confirmed_or_decided_lapses_and_is_forgotten(clock: Callable[[datetime], None]) -> None:
    silent, waiting, decided = submit(make_organisatie()), submit(make_organisatie()), submit(make_organisatie())
    confirm(waiting)
    confirm(decided)
    granted(decided, staf_actor())
    assert Aanvraag.objects.count() == 3
    run = clear_aanvragen(now=NOW + BEVESTIGEN_BINNEN)
    assert run is not None
    assert run.tellingen == {"vervallen": 1, "verwijderd": 0}
    assert clear_aanvragen(now=NOW + BEVESTIGEN_BINNEN) is None
    clock(NOW + BESLUITEN_BINNEN)
    clear_voorstellen(now=timezone.now())
    run_aanvragen()
    assert {row.pk: row.staat for row in Aanvraag.objects.all()} == {
        waiting.pk: Staat.VERVALLEN,
        decided.pk: Staat.TOEGEKEND,
    }
    with pytest.raises(AlBesloten):
        granted(waiting, staf_actor("laat.duo"))
    clear_aanvragen(now=NOW + timedelta(days=730))
    assert Aanvraag.objects.count() == 1
    clear_aanvragen(now=NOW + timedelta(days=800))
    assert not Aanvraag.objects.exists()
    assert silent.pk
