import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

from accounts.emails.aanmelding import write_aanmelding_mail, write_adres_gewijzigd_mail
from accounts.models import Account, Beheerderschap, EmailWijziging, Organisatie
from accounts.rules import is_gebruikersnaam
from accounts.services.accounts import (
    LaatsteBeheerder,
    Verouderd,
    appoint_beheerder,
    change_account,
    end_account,
    end_beheerderschap,
    end_sessions,
    register_account,
)
from tests.factories import NOW, make_account, make_beheerder, make_organisatie, make_staf
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

BEHEERDER = Actor(ActorSoort.ACCOUNT, id=7)
STAF = Actor(ActorSoort.STAF, id=8, reden="Besluit van DUO")
PERSOON = {
    "voornaam": "Henk",
    "tussenvoegsel": "van den",
    "achternaam": "Zande",
    "email": "h.vandenzande@regenboog.example",
    "telefoon": "0612345678",
    "functie": "administrateur",
    "werkgever": "",
}


def register(organisatie: Organisatie, **anders: str) -> Account:
    return register_account(organisatie=organisatie, actor=BEHEERDER, now=NOW, **(PERSOON | anders))


def change(account: Account, versie: int, **anders: str) -> Account | Verouderd:
    current = {veld: getattr(account, veld) for veld in PERSOON}
    return change_account(account=account, versie=versie, actor=BEHEERDER, now=NOW, **(current | anders))


@pytest.mark.django_db
class TestRegistering:
    def test_a_new_account_gets_a_gebruikersnaam_of_the_right_form_and_no_password(self) -> None:
        account = register(make_organisatie())
        assert is_gebruikersnaam(account.gebruikersnaam)
        assert not account.has_usable_password()
        assert account.middel_bevestigd_op == NOW

    def test_a_gebruikersnaam_that_exists_is_never_given_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """D6: on a collision another one is drawn, also when the first belongs to another organisatie."""
        numbers: Iterator[int] = iter([1] * 14 + [2] * 7)
        monkeypatch.setattr(secrets, "randbelow", lambda _: next(numbers))
        first = register(make_organisatie())
        second = register(make_organisatie("De Vlieger"))
        assert first.gebruikersnaam != second.gebruikersnaam

    def test_the_gebruiker_is_mailed_what_to_do_next(self) -> None:
        """R06, manual 1.1 step 2: a confirmation mail with further instructions."""
        account = register(make_organisatie())
        bericht = Bericht.objects.get(account_id=account.pk)
        post = write_aanmelding_mail(bericht, NOW)
        assert post is not None
        assert post.aan == "h.vandenzande@regenboog.example"
        for part in ("EH3 of hoger", "Mijn DUO voor zakelijke klanten", "op papier", "activatiecode", "/inloggen/"):
            assert part in post.tekst

    def test_the_mail_holds_no_gebruikersnaam(self) -> None:
        """R05: two channels, never one."""
        account = register(make_organisatie())
        post = write_aanmelding_mail(Bericht.objects.get(account_id=account.pk), NOW)
        assert post is not None
        assert account.gebruikersnaam not in post.tekst + post.onderwerp

    def test_a_beheerder_is_sent_to_duo_for_letter_and_code(self) -> None:
        """R07: for a first beheerder DUO prints the letter and requests the code."""
        account = register(make_organisatie())
        appoint_beheerder(account=account, actor=STAF, now=NOW)
        post = write_aanmelding_mail(Bericht.objects.get(account_id=account.pk), NOW)
        assert post is not None
        assert "DUO heeft u aangemeld als beheerder" in post.tekst
        assert "Uw beheerder" not in post.tekst

    def test_the_mail_lapses_when_the_account_was_ended_before_it_left(self) -> None:
        account = register(make_organisatie())
        end_account(account=account, actor=BEHEERDER, now=NOW)
        assert write_aanmelding_mail(Bericht.objects.get(account_id=account.pk), NOW) is None

    def test_registering_is_logged_without_the_gebruikersnaam(self) -> None:
        """R33, D6."""
        account = register(make_organisatie())
        line = Logregel.objects.get(account_id=account.pk)
        assert (line.gebeurtenis, line.organisatie_id, line.actor_id) == (
            "account_aangemeld",
            account.organisatie_id,
            7,
        )
        assert account.gebruikersnaam not in str(line.gegevens)


@pytest.mark.django_db
class TestChanging:
    def test_a_change_raises_the_version_and_is_logged_by_field_not_by_value(self) -> None:
        """R23: name changes go through the beheerder; R34: the log does not copy the data."""
        account = make_account()
        outcome = change(account, 1, achternaam="Bakker", functie="directeur")
        assert isinstance(outcome, Account)
        assert (outcome.versie, outcome.achternaam) == (2, "Bakker")
        line = Logregel.objects.get(gebeurtenis="account_gewijzigd")
        assert line.gegevens == {"velden": "naam, functie"}

    def test_a_stale_change_saves_nothing_and_returns_the_account_as_it_stands(self) -> None:
        """D23."""
        account = make_account()
        change(account, 1, functie="directeur")
        outcome = change(account, 1, functie="administrateur")
        assert isinstance(outcome, Verouderd)
        assert outcome.huidig.functie == "directeur"
        assert Account.objects.get(pk=account.pk).functie == "directeur"

    def test_sending_what_is_already_there_writes_nothing(self) -> None:
        account = make_account()
        change(account, 1)
        assert Account.objects.get(pk=account.pk).versie == 1
        assert not Logregel.objects.exists()

    def test_the_old_address_is_told_of_a_new_one_without_naming_it(self) -> None:
        """R23."""
        account = make_account(email="oud@regenboog.example")
        change(account, 1, email="nieuw@regenboog.example")
        bericht = Bericht.objects.get(account_id=account.pk)
        post = write_adres_gewijzigd_mail(bericht, NOW)
        assert post is not None
        assert post.aan == "oud@regenboog.example"
        assert "nieuw@regenboog.example" not in post.tekst
        assert Account.objects.get(pk=account.pk).email == "nieuw@regenboog.example"

    def test_an_address_that_waited_for_confirmation_lapses(self) -> None:
        account = make_account(email="oud@regenboog.example")
        waiting = EmailWijziging.objects.create(
            account=account,
            nieuw_adres="eigen@regenboog.example",
            oud_adres=account.email,
            aangevraagd_op=NOW,
            geldig_tot=NOW + timedelta(days=1),
        )
        change(account, 1, email="nieuw@regenboog.example")
        waiting.refresh_from_db()
        assert waiting.vervallen_op == NOW


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_the_same_time_exactly_one_is_saved() -> None:
    """D23: the second one is told, whichever came second."""
    account = make_account()
    outcomes = in_parallel(
        lambda: change(account, 1, functie="directeur"), lambda: change(account, 1, functie="administrateur")
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Account", "Verouderd"]
    assert Account.objects.get(pk=account.pk).versie == 2


@pytest.mark.django_db
def test_ending_the_sessions_logs_out_at_the_next_click(login: Callable[[Account], Client]) -> None:
    """R19, D12."""
    account = make_account()
    client = login(account)
    assert client.get("/overzicht/").status_code == 200
    end_sessions(account=account)
    assert client.get("/overzicht/").status_code == 302


@pytest.mark.django_db
class TestBeheerders:
    def test_appointing_twice_is_once(self) -> None:
        account = make_account()
        first = appoint_beheerder(account=account, actor=STAF, now=NOW)
        assert appoint_beheerder(account=account, actor=STAF, now=NOW) == first
        assert Logregel.objects.filter(gebeurtenis="beheerder_aangesteld").count() == 1

    def test_an_ended_account_becomes_no_beheerder(self) -> None:
        account = make_account(beeindigd_op=NOW)
        with pytest.raises(ValueError, match="beëindigd"):
            appoint_beheerder(account=account, actor=STAF, now=NOW)

    def test_the_last_beheerder_is_not_withdrawn(self) -> None:
        """R03."""
        account = make_beheerder()
        with pytest.raises(LaatsteBeheerder):
            end_beheerderschap(account=account, actor=BEHEERDER, now=NOW)
        assert Beheerderschap.objects.filter(account=account, tot=None).exists()

    def test_a_colleague_at_another_organisatie_or_an_ended_one_is_no_successor(self) -> None:
        """R03."""
        account = make_beheerder()
        make_beheerder(make_organisatie("De Vlieger"))
        make_beheerder(account.organisatie, beeindigd_op=NOW)
        with pytest.raises(LaatsteBeheerder):
            end_beheerderschap(account=account, actor=BEHEERDER, now=NOW)

    def test_with_a_successor_a_beheerder_is_withdrawn(self) -> None:
        """R03."""
        account = make_beheerder()
        make_beheerder(account.organisatie)
        assert end_beheerderschap(account=account, actor=BEHEERDER, now=NOW)
        assert not end_beheerderschap(account=account, actor=BEHEERDER, now=NOW)
        assert Logregel.objects.filter(gebeurtenis="beheerder_ingetrokken").count() == 1

    def test_duo_staff_decide_otherwise_only_with_a_reason(self) -> None:
        """R03."""
        account = make_beheerder()
        staf = make_staf()
        with pytest.raises(LaatsteBeheerder):
            end_beheerderschap(account=account, actor=Actor(ActorSoort.STAF, id=staf.pk, reden=" "), now=NOW)
        assert end_beheerderschap(account=account, actor=Actor(ActorSoort.STAF, id=staf.pk, reden="Fusie"), now=NOW)

    def test_ending_an_account_ends_its_beheerderschap_and_its_sessions(
        self, login: Callable[[Account], Client]
    ) -> None:
        """R20."""
        account = make_beheerder()
        make_beheerder(account.organisatie)
        client = login(account)
        assert end_account(account=account, actor=BEHEERDER, now=NOW)
        assert not end_account(account=account, actor=BEHEERDER, now=NOW)
        assert client.get("/overzicht/").status_code == 302
        assert not Beheerderschap.objects.filter(account=account, tot=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_beheerders_who_withdraw_each_other_leave_one() -> None:
    """R03: they wait for each other on the organisatie's row."""
    one = make_beheerder()
    other = make_beheerder(one.organisatie)

    def withdraw(account: Account) -> bool:
        return end_beheerderschap(account=account, actor=BEHEERDER, now=NOW)

    outcomes = in_parallel(lambda: withdraw(one), lambda: withdraw(other))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LaatsteBeheerder", "bool"]
    assert Beheerderschap.objects.filter(tot=None).count() == 1
