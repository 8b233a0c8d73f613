"""R01: who decides on an application decides on what was asked, of whom it was asked, and by whom."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.permissions import is_beheerder
from autorisatie.services import Weigering, beheerdersrollen_of
from beheer.models import Aanvraag
from beheer.services.aanvragen import AanvraagKanNiet, grant_aanvraag, refuse_aanvraag
from tests.beheer.aanvraag import JOLANDA, confirm, enter, full_rol, mail_of, submit
from tests.factories import NOW, make_beheerder, make_beheerdersrol, make_organisatie, make_rol, make_soort, make_staf
from verantwoording.models import Voorstel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db


def staf_actor(naam: str) -> Actor:
    return Actor(ActorSoort.STAF, id=make_staf(naam).pk, reden="Gebeld met het bevoegd gezag.")


def granted(aanvraag: Aanvraag, actor: Actor, account: Account | None = None) -> Account:
    return grant_aanvraag(aanvraag=aanvraag, account=account, beheerdersrollen=[full_rol()], actor=actor, now=NOW)


def test_four_eyes_who_decides_gives_no_more_than_was_asked() -> None:
    """The other domain was asked by nobody, so one person would give it."""
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    wide = make_beheerdersrol(make_rol())
    wide.soorten.add(make_soort())
    first, second = staf_actor("eerste.duo"), staf_actor("tweede.duo")
    for soort, account in (("aanmelden", None), ("wijzigen", beheerder)):
        aanvraag = enter(beheerder.organisatie, first, soort=soort, **JOLANDA)
        for given in ([full_rol(), wide], [wide], []):
            with pytest.raises(AanvraagKanNiet, match="alleen geven wat is aangevraagd"):
                grant_aanvraag(aanvraag=aanvraag, account=account, beheerdersrollen=given, actor=second, now=NOW)
    assert list(beheerdersrollen_of(account=beheerder, now=NOW)) == [full_rol()]
    assert Account.objects.of_organisatie(beheerder.organisatie).get() == beheerder


@pytest.mark.parametrize("soort", ["wijzigen", "intrekken", "aanmelden"])
def test_four_eyes_who_decides_picks_nobody_whom_the_form_does_not_name(soort: str) -> None:
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    aanvraag = enter(beheerder.organisatie, staf_actor("eerste.duo"), soort=soort)
    with pytest.raises(AanvraagKanNiet, match="staat niet op het formulier"):
        granted(aanvraag, staf_actor("tweede.duo"), beheerder)
    assert is_beheerder(beheerder, NOW)
    assert Aanvraag.objects.get().staat == Aanvraag.Staat.INGEDIEND


@pytest.mark.parametrize(("opvolger_van", "named"), [("J. Devries-Bakker", False), ("mevrouw de VRIES", True)])
def test_four_eyes_who_goes_as_she_comes_is_named_in_full(opvolger_van: str, *, named: bool) -> None:
    """R03: a surname that is part of a longer one is somebody else."""
    beheerder = make_beheerder(achternaam="Vries")
    assert beheerder.organisatie is not None
    first, second = staf_actor("eerste.duo"), staf_actor("tweede.duo")
    aanvraag = enter(beheerder.organisatie, first, opvolger_van=opvolger_van, **JOLANDA | {"achternaam": "Nieuw"})
    if named:
        assert granted(aanvraag, second, beheerder) != beheerder
    else:
        with pytest.raises(AanvraagKanNiet, match="staat niet op het formulier"):
            granted(aanvraag, second, beheerder)
    assert is_beheerder(beheerder, NOW) is not named


def test_a_beheerder_is_named_by_her_e_mail_address_too() -> None:
    beheerder = make_beheerder()
    assert beheerder.organisatie is not None
    aanvraag = enter(beheerder.organisatie, staf_actor("eerste.duo"), soort="intrekken", email=beheerder.email.upper())
    assert granted(aanvraag, staf_actor("tweede.duo"), beheerder) == beheerder


def test_r02_who_is_beheerder_for_good_gets_nothing_more_as_noodbeheerder() -> None:
    """It would not end: her beheerderschap has no last day."""
    limited = make_beheerder(None, make_rol())
    assert limited.organisatie is not None
    held = list(beheerdersrollen_of(account=limited, now=NOW))
    first, second = staf_actor("eerste.duo"), staf_actor("tweede.duo")
    aanvraag = enter(limited.organisatie, first, email=limited.email, nood_tot=date(2026, 3, 31), **JOLANDA)
    with pytest.raises(Weigering, match="al vast beheerder"):
        granted(aanvraag, second)
    assert list(beheerdersrollen_of(account=limited, now=NOW)) == held
    assert Aanvraag.objects.get().staat == Aanvraag.Staat.INGEDIEND


def test_a_voorstel_of_before_the_mark_was_kept_is_refused_in_words() -> None:
    """It cannot show whose confirmation it is."""
    aanvraag = enter(make_organisatie(), staf_actor("eerste.duo"))
    Voorstel.objects.update(gegevens={})
    with pytest.raises(AanvraagKanNiet, match="niet bevestigd door het bevoegd gezag"):
        granted(aanvraag, staf_actor("tweede.duo"))


def test_the_bevoegd_gezag_reads_what_was_granted_and_to_whom() -> None:
    old = make_beheerder()
    assert old.organisatie is not None
    rol = full_rol().naam
    first, second = staf_actor("eerste.duo"), staf_actor("tweede.duo")
    new = enter(old.organisatie, first, opvolger_van="Jolanda de Vries", nood_tot=date(2026, 3, 31))
    made = granted(new, second)
    text = mail_of("aanvraag_besloten", new.pk).tekst
    assert f"Noor Smit is nu beheerder, tot en met 31 maart 2026, en mag rollen geven van: {rol}." in text
    successor = enter(old.organisatie, first, opvolger_van="Jolanda de Vries")
    assert granted(successor, second, old) == made
    text = mail_of("aanvraag_besloten", successor.pk).tekst
    assert (
        f"Noor Smit is nu beheerder, en mag rollen geven van: {rol}. Jolanda de Vries is geen beheerder meer." in text
    )
    changed = enter(old.organisatie, first, soort="wijzigen")
    granted(changed, second, made)
    assert f"Noor Smit mag nu alleen nog rollen geven van: {rol}." in mail_of("aanvraag_besloten", changed.pk).tekst
    ended = enter(old.organisatie, first, soort="intrekken")
    granted(ended, second, made)
    assert "Noor Smit is geen beheerder meer." in mail_of("aanvraag_besloten", ended.pk).tekst


def test_confirmed_with_an_address_that_was_made_up_it_is_not_granted_and_the_real_one_hears_nothing(
    staf_client: Client,
) -> None:
    aanvraag = submit(code="45678")
    confirm(aanvraag)
    organisatie = make_organisatie(code="45678")
    actor = staf_actor("tweede.duo")
    with pytest.raises(AanvraagKanNiet, match="niet bevestigd door het bevoegd gezag"):
        granted(aanvraag, actor)
    assert not Account.objects.of_organisatie(organisatie).exists()
    Aanvraag.objects.update(organisatie=organisatie)
    shown = staf_client.get(reverse("admin:beheer_aanvraag_change", args=[aanvraag.pk])).content.decode()
    assert "het e-mailadres dat was ingevuld" in shown
    Aanvraag.objects.update(organisatie=None)
    refuse_aanvraag(aanvraag=aanvraag, actor=actor, now=NOW)
    assert mail_of("aanvraag_besloten", aanvraag.pk).aan == aanvraag.gezag_email
