"""The two answers to a signaal: given once, by somebody who had no part in it, and "stop dit" really stops it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Beheerderschap
from accounts.services.blokkades import is_blocked
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.services import set_autorisatie
from beheer.emails.signalen import make_token
from beheer.models import Signaal, Signaalgrens
from beheer.rules.signalen import LINK_GELDIG
from beheer.services.signaalantwoord import (
    AlBeantwoord,
    NietAanU,
    Uitkomst,
    answer_signaal,
    answer_signaal_as_gezag,
    answer_signaal_as_staf,
    consequences_of,
)
from beheer.services.signalen import raise_signalen
from koppeling.models import Activatiecode, Koppeling
from koppeling.services.activatiecodes import GeenCodeMogelijk, request_activatiecode
from tests.beheer.signaal import DAY, MINUTE, Wereld, act, mails, render
from tests.factories import (
    NOW,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_organisatie,
    make_rol,
    make_signaal,
    make_staf,
)
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel

pytestmark = pytest.mark.django_db

Login = Callable[[Account], Client]


@pytest.fixture
def wereld(clock: Callable[[datetime], None]) -> Wereld:
    return Wereld()


@pytest.fixture
def signaal(wereld: Wereld) -> Signaal:
    """Henk got a code at an address that Jolanda had just given him."""
    return wereld.mail_signaal()


def page_of(signaal: Signaal, name: str = "signaal") -> str:
    return reverse(name, args=[signaal.pk])


# the pages of a beheerder


def test_a_colleague_reads_what_happened_and_says_that_it_is_right(
    wereld: Wereld, signaal: Signaal, login: Login
) -> None:
    client = login(wereld.piet)
    text = text_of(client.get(reverse("signalen")))
    assert "Het e-mailadres van Henk van den Zande is gewijzigd door Jolanda de Vries." in text
    assert wereld.henk.gebruikersnaam not in text
    page = client.get(page_of(signaal))
    assert "wacht op een antwoord" in text_of(page)

    page = client.get(submit(client, page, "Dit klopt")["Location"])

    assert "U hebt aangegeven dat het klopt." in text_of(page)
    assert "door Piet Bakker" in text_of(page)
    signaal.refresh_from_db()
    assert (signaal.staat, signaal.beantwoord_soort, signaal.beantwoord_id, signaal.beantwoord_op) == (
        "klopt",
        "account",
        wereld.piet.pk,
        NOW,
    )
    line = Logregel.objects.get(gebeurtenis="signaal_klopt")
    assert (line.organisatie_id, line.account_id) == (wereld.organisatie.pk, wereld.henk.pk)
    assert Activatiecode.objects.get().ingetrokken_op is None
    assert not is_blocked(wereld.henk, NOW)


def test_a_colleague_stops_it_after_reading_what_that_means(wereld: Wereld, signaal: Signaal, login: Login) -> None:
    client = login(wereld.piet)
    page = client.get(page_of(signaal, "signaal_stoppen"))
    text = text_of(page)
    assert "Het account van Henk van den Zande wordt geblokkeerd." in text
    assert "De activatiecode die is verstuurd, werkt niet meer." in text
    assert "ontkoppeld" not in text
    stempel = Account.objects.get(pk=wereld.henk.pk).sessiestempel

    page = client.get(submit(client, page, "Stop dit")["Location"])

    assert "Het is gestopt." in text_of(page)
    henk = Account.objects.get(pk=wereld.henk.pk)
    assert is_blocked(henk, NOW)
    assert henk.sessiestempel != stempel
    assert Activatiecode.objects.get().ingetrokken_op == NOW
    with pytest.raises(GeenCodeMogelijk):
        request_activatiecode(account=henk, actor=act(wereld.jolanda), now=NOW)
    events = set(Logregel.objects.filter(account_id=henk.pk, op=NOW).values_list("gebeurtenis", flat=True))
    assert {"signaal_gestopt", "account_geblokkeerd"} <= events
    (gezag,), (duo,) = mails("signaal_gestopt"), mails("signaal_gestopt_duo")
    posts = [render(gezag), render(duo)]
    assert [post.aan for post in posts if post] == ["bestuur@regenboog.example", settings.MAIL_DUO]
    assert all(post and henk.gebruikersnaam not in post.tekst for post in posts)


def test_what_was_linked_is_unlinked_and_a_mail_under_way_makes_no_code(wereld: Wereld, signaal: Signaal) -> None:
    link(wereld.henk)
    Bericht.objects.filter(soort="activatiecode").update(status="wacht")
    gevolg = consequences_of(signaal, NOW)
    assert [vars(one)["gekoppeld"] for one in gevolg.accounts] == [True]
    answer_signaal(signaal=signaal, klopt=False, beheerder=wereld.piet, actor=act(wereld.piet), now=NOW)
    koppeling = Koppeling.objects.get(account=wereld.henk)
    assert (koppeling.beeindigd_op, koppeling.reden) == (NOW, "signaal")
    post = render(Bericht.objects.get(soort="ontkoppeld"))
    assert post is not None
    assert "uit voorzorg" in post.tekst
    assert render(Bericht.objects.get(soort="activatiecode")) is None


def test_the_page_with_many_signalen_takes_as_many_queries_as_with_one(
    wereld: Wereld, signaal: Signaal, login: Login
) -> None:
    client = login(wereld.piet)
    client.get(reverse("signalen"))

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse("signalen")).status_code == 200
        return len(queries)

    one = count()
    for number in range(20):
        somebody = make_account(wereld.organisatie, achternaam=f"Nummer {number}")
        make_signaal(wereld.organisatie, somebody, door=[wereld.jolanda.pk])
    assert count() == one


# who may not


def test_no_one_who_had_a_part_in_it_sees_or_answers_it(wereld: Wereld, signaal: Signaal, login: Login) -> None:
    double = make_beheerder(wereld.organisatie, voornaam="Jo", email=wereld.jolanda.email.upper())
    subject = make_beheerder(wereld.organisatie, voornaam="Carla", achternaam="Smit")
    Signaal.objects.filter(pk=signaal.pk).update(over=[wereld.henk.pk, subject.pk])
    ex = make_beheerder(wereld.organisatie, voornaam="Ex", achternaam="Ex")
    Beheerderschap.objects.filter(account=ex).update(tot=NOW)
    stranger = make_beheerder(make_organisatie("Gemeente Zonderdam"), voornaam="Vreemd", achternaam="Volk")
    for account in (wereld.jolanda, double, subject, ex, stranger, wereld.henk):
        client = login(account)
        sent = {"_account": account.pk}
        assert "gewijzigd door" not in text_of(client.get(reverse("signalen")))
        for name in ("signaal", "signaal_stoppen"):
            assert client.get(page_of(signaal, name)).status_code == 404
            assert client.post(page_of(signaal, name), sent).status_code == 404
        for klopt in (True, False):
            with pytest.raises(NietAanU):
                answer_signaal(signaal=signaal, klopt=klopt, beheerder=account, actor=act(account), now=NOW)
    signaal.refresh_from_db()
    assert signaal.staat == "open"
    assert not is_blocked(wereld.henk, NOW)


def test_whose_right_was_withdrawn_while_she_read_it_is_refused(wereld: Wereld, signaal: Signaal, login: Login) -> None:
    client = login(wereld.piet)
    page = client.get(page_of(signaal, "signaal_stoppen"))
    Signaal.objects.filter(pk=signaal.pk).update(door=[wereld.jolanda.pk, wereld.piet.pk])
    assert submit(client, page, "Stop dit").status_code == 404
    signaal.refresh_from_db()
    assert signaal.staat == "open"


def test_who_comes_second_is_told(wereld: Wereld, signaal: Signaal, login: Login) -> None:
    client = login(wereld.piet)
    page = client.get(page_of(signaal))
    carla = make_beheerder(wereld.organisatie, voornaam="Carla", achternaam="Smit")
    answer_signaal(signaal=signaal, klopt=False, beheerder=carla, actor=act(carla), now=NOW)
    page = client.get(submit(client, page, "Dit klopt")["Location"])
    assert "Iemand anders heeft dit signaal al beantwoord." in text_of(page)
    assert "gestopt" in text_of(page)
    assert client.get(page_of(signaal, "signaal_stoppen"))["Location"] == page_of(signaal)
    with pytest.raises(AlBeantwoord):
        answer_signaal(signaal=signaal, klopt=False, beheerder=wereld.piet, actor=act(wereld.piet), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_the_other_is_told(clock: Callable[[datetime], None]) -> None:
    wereld = Wereld()
    carla = make_beheerder(wereld.organisatie, voornaam="Carla", achternaam="Smit")
    signaal = wereld.mail_signaal()
    link(wereld.henk)

    def answer(who: Account, *, klopt: bool) -> str:
        answer_signaal(signaal=signaal, klopt=klopt, beheerder=who, actor=act(who), now=NOW)
        return "klopt" if klopt else "gestopt"

    outcomes = in_parallel(lambda: answer(wereld.piet, klopt=True), lambda: answer(carla, klopt=False))
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert sum(isinstance(outcome, AlBeantwoord) for outcome in outcomes) == 1
    signaal.refresh_from_db()
    assert signaal.staat == won
    assert is_blocked(wereld.henk, NOW) is (won == "gestopt")
    assert Koppeling.objects.live().filter(account=wereld.henk).exists() is (won == "klopt")
    assert len(mails("signaal_gestopt")) == (won == "gestopt")


# the bevoegd gezag


def test_the_bevoegd_gezag_reads_first_and_answers_by_a_button(wereld: Wereld, signaal: Signaal) -> None:
    client, url = Client(), reverse("signaal_beantwoorden", args=[make_token(signaal)])
    page = client.get(url)
    assert "Het account van Henk van den Zande wordt geblokkeerd." in text_of(page)
    signaal.refresh_from_db()
    assert signaal.staat == "open", "a mail scanner that opens the link answers nothing"
    client.post(url, {"keuze": "onzin"})
    page = submit(client, page, "Stop dit", keuze="stop")
    assert "Het is gestopt" in text_of(page)
    signaal.refresh_from_db()
    assert (signaal.staat, signaal.beantwoord_soort) == ("gestopt", "gezag")
    assert is_blocked(wereld.henk, NOW)
    again = client.post(url, {"keuze": "klopt"})
    assert "Dit signaal is al beantwoord" in text_of(again)


def test_the_link_works_until_its_term_and_not_for_who_has_changed_it(wereld: Wereld, signaal: Signaal) -> None:
    token = make_token(signaal)

    def answer(token: str, now: datetime = NOW) -> Uitkomst:
        return answer_signaal_as_gezag(token=token, klopt=True, adres=None, now=now)

    assert answer(token, NOW + LINK_GELDIG) is Uitkomst.VERLOPEN
    assert answer(token[:-2] + "xx") is Uitkomst.ONBEKEND
    assert answer("onzin") is Uitkomst.ONBEKEND
    wereld.organisatie.bevoegd_gezag_email = "nieuw@regenboog.example"
    wereld.organisatie.save()
    assert answer(token) is Uitkomst.ONBEKEND, "the old bevoegd gezag has no say any more"
    wereld.organisatie.bevoegd_gezag_email = "bestuur@regenboog.example"
    wereld.organisatie.bevoegd_gezag_naam = "Jolanda de Vries"
    wereld.organisatie.save()
    assert answer(token) is Uitkomst.ONBEKEND, "who did it cannot answer as bevoegd gezag"
    wereld.organisatie.bevoegd_gezag_naam = "M. Bestuur"
    wereld.organisatie.save()
    assert answer(token, NOW + LINK_GELDIG - MINUTE) is Uitkomst.KLOPT
    assert answer(token) is Uitkomst.AL_BEANTWOORD


def test_a_link_that_is_too_old_says_so(signaal: Signaal, clock: Callable[[datetime], None]) -> None:
    clock(NOW + LINK_GELDIG)
    page = Client().get(reverse("signaal_beantwoorden", args=[make_token(signaal)]))
    assert "Deze link werkt niet meer" in text_of(page)


# DUO staff


def test_staff_answer_in_the_admin_with_a_reason(wereld: Wereld, signaal: Signaal, staf_client: Client) -> None:
    url = reverse("admin:beheer_signaal_stop", args=[signaal.pk])
    assert "U blokkeert en ontkoppelt: Henk van den Zande." in text_of(staf_client.get(url))
    assert "Vul in waarom" in text_of(staf_client.post(url, {"toelichting": ""}))
    staf_client.post(url, {"toelichting": "Gebeld met het bestuur."})
    signaal.refresh_from_db()
    assert (signaal.staat, signaal.beantwoord_soort, signaal.reden) == ("gestopt", "staf", "Gebeld met het bestuur.")
    late = staf_client.post(reverse("admin:beheer_signaal_klopt", args=[signaal.pk]), {"toelichting": "Toch goed."})
    assert "al beantwoord" in text_of(late)


def test_staff_who_did_it_cannot_answer(signaal: Signaal) -> None:
    staf = make_staf("ander.duo")
    Signaal.objects.filter(pk=signaal.pk).update(door=[staf.pk])
    with pytest.raises(NietAanU):
        answer_signaal_as_staf(signaal=signaal, klopt=True, actor=act(staf), now=NOW)
    with pytest.raises(PermissionError):
        answer_signaal_as_staf(signaal=signaal, klopt=True, actor=act(make_account()), now=NOW)


# many rollen


@pytest.fixture
def five(db: None) -> None:
    """Five rollen in a day are many."""
    fields = {"uren": 24, "aantal": 5, "herinneren": 24, "escaleren": 72}
    Signaalgrens.objects.update_or_create(soort="veel_rollen", defaults=fields)


def test_stopping_takes_back_what_was_given_then_and_nothing_else(wereld: Wereld, five: None) -> None:
    rol, kenmerk, second = (
        make_rol(),
        make_kenmerk(wereld.organisatie),
        make_kenmerk(wereld.organisatie, "21CC"),
    )
    who = {"actor": act(wereld.jolanda), "beheerder": wereld.jolanda}
    set_autorisatie(account=wereld.henk, rol=rol, kenmerken=[kenmerk], now=NOW - 3 * DAY, **who)  # type: ignore[arg-type]
    raise_signalen(now=NOW - 2 * DAY)
    people = wereld.give(5)
    set_autorisatie(account=wereld.henk, rol=rol, kenmerken=[kenmerk, second], now=NOW + MINUTE, **who)  # type: ignore[arg-type]
    later = make_account(wereld.organisatie)
    raise_signalen(now=NOW + 2 * MINUTE)
    set_autorisatie(
        account=later, rol=rol, kenmerken=[kenmerk], now=NOW + 3 * MINUTE, actor=act(wereld.piet), beheerder=wereld.piet
    )
    signaal = Signaal.objects.get()
    gevolg = consequences_of(signaal, NOW + 4 * MINUTE)
    assert (gevolg.rollen, gevolg.mensen, gevolg.accounts) == (6, 6, [])
    stempel = wereld.jolanda.sessiestempel

    answer_signaal(signaal=signaal, klopt=False, beheerder=wereld.piet, actor=act(wereld.piet), now=NOW + 4 * MINUTE)

    assert not Autorisatie.objects.filter(account__in=people, tot=None).exists()
    left = AutorisatieKenmerk.objects.filter(autorisatie__account=wereld.henk, tot=None)
    assert list(left.values_list("kenmerk", flat=True)) == [kenmerk.pk]
    assert Autorisatie.objects.filter(account=later, tot=None).exists()
    wereld.jolanda.refresh_from_db()
    assert wereld.jolanda.sessiestempel != stempel
    assert not is_blocked(wereld.jolanda, NOW + 4 * MINUTE)
    assert Logregel.objects.filter(gebeurtenis="rol_ingetrokken", actor_id=wereld.piet.pk).count() == 5


def test_a_beheerder_of_another_domain_can_stop_it_too(wereld: Wereld, five: None, login: Login) -> None:
    wereld.piet.beheerderschappen.update(tot=NOW - DAY)
    limited = make_beheerder(wereld.organisatie, make_rol("RIO beheer"), voornaam="Carla", achternaam="Smit")
    people = wereld.give(5)
    raise_signalen(now=NOW)
    client = login(limited)
    page = client.get(page_of(Signaal.objects.get(), "signaal_stoppen"))
    assert "5 rollen worden ingetrokken of teruggezet, bij 5 mensen" in text_of(page)
    submit(client, page, "Stop dit")
    assert not Autorisatie.objects.filter(account__in=people, tot=None).exists()


def test_a_colleague_who_got_one_of_the_rollen_has_a_part_in_it(wereld: Wereld, five: None) -> None:
    rol, kenmerk = make_rol(), make_kenmerk(wereld.organisatie)
    set_autorisatie(
        account=wereld.piet,
        rol=rol,
        kenmerken=[kenmerk],
        actor=act(wereld.jolanda),
        beheerder=wereld.jolanda,
        now=NOW - MINUTE,
    )
    wereld.give(4)
    raise_signalen(now=NOW)
    signaal = Signaal.objects.get()
    assert signaal.over == [wereld.piet.pk]
    with pytest.raises(NietAanU):
        answer_signaal(signaal=signaal, klopt=True, beheerder=wereld.piet, actor=act(wereld.piet), now=NOW)
    post = render(mails()[0])
    assert post is not None
    assert post.aan == "bestuur@regenboog.example"


def test_what_has_been_ended_meanwhile_is_nothing_to_stop(wereld: Wereld, signaal: Signaal, login: Login) -> None:
    Account.objects.filter(pk=wereld.henk.pk).update(beeindigd_op=NOW)
    client = login(wereld.piet)
    page = client.get(page_of(signaal, "signaal_stoppen"))
    assert "Er is niets meer om te stoppen" in text_of(page)
    submit(client, page, "Stop dit")
    signaal.refresh_from_db()
    assert signaal.staat == "gestopt"
