"""What who logged in with a token sees and may open (R14, R22, R26, D14)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from autorisatie.rules import Inlog
from autorisatie.services import beslis
from planning.models import Planningsregel, Uitzondering
from planning.services.overgangen import open_portalen
from tests.factories import (
    NOW,
    grant,
    make_kenmerk,
    make_overstap,
    make_portaal,
    make_rol,
    make_taak,
)
from tests.formulier import text_of
from tests.planning.inlog import is_in, log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Clock = Callable[[datetime], None]


@pytest.mark.parametrize(
    ("stand", "text", "link_to"),
    [
        (None, "Uw organisatie stapt later over", "inloggen_testen"),
        ("gepland", "Uw organisatie stapt later over", "inloggen_testen"),
        ("aangekondigd", "De dag is nog niet gekomen", "inloggen_testen"),
        ("open", "Uw organisatie kan nu overstappen", "inloggen_eherkenning"),
        ("gepauzeerd", "De overstap van uw organisatie wacht even", "inloggen_testen"),
        ("teruggedraaid", "Uw organisatie stapt later over", "inloggen_testen"),
    ],
)
def test_D14_the_overzicht_leads_a_token_user_on_in_every_stand_of_the_overstap(
    client: Client, account: Account, stand: str | None, text: str, link_to: str
) -> None:
    Uitzondering.objects.all().delete()
    if stand is None:
        make_rule_without_end(account)
    else:
        before = {"stand_voor_pauze": "open"} if stand == "gepauzeerd" else {}
        make_overstap(stand=stand, einde_token=(NOW + timedelta(days=20)).date(), **before)
    assert is_in(log_in(client, account.gebruikersnaam))

    page = client.get(reverse("overzicht"))

    assert "U logt nog in met een token" in text_of(page)
    assert text in text_of(page)
    ends = "Uw token blijft intussen werken." if stand is None else "Uw token werkt tot en met 21 maart 2026."
    assert ends in text_of(page)
    assert reverse(link_to) in page.content.decode()
    assert "dezelfde waarmee u nu inlogt" in text_of(page)


def test_D14_an_announced_overstap_says_since_when_one_can_move(client: Client, account: Account) -> None:
    Uitzondering.objects.all().delete()
    openen_op = (NOW + timedelta(days=10)).date()
    make_overstap(stand="aangekondigd", openen_op=openen_op, einde_token=(NOW + timedelta(days=20)).date())
    log_in(client, account.gebruikersnaam)

    text = text_of(client.get(reverse("overzicht")))

    assert "overstappen kan vanaf 12 maart 2026" in text
    assert "Uw token werkt tot en met 21 maart 2026." in text


def test_R26_a_soort_that_does_not_move_to_mijn_duo_follows_its_own_portalen(client: Client, account: Account) -> None:
    """Kinderopvangorganisaties, GGD's and cultuurorganisaties (D3: of several the latest)."""
    Uitzondering.objects.all().delete()
    make_overstap(portaal="personenregister", stand="klaar", afgerond_op=NOW - timedelta(days=1))
    make_overstap(portaal="kinderopvang", stand="open", einde_token=(NOW + timedelta(days=100)).date())
    log_in(client, account.gebruikersnaam)

    page = client.get(reverse("overzicht"))

    assert "Uw organisatie kan nu overstappen op eHerkenning. Uw token werkt tot en met 9 juni 2026." in text_of(page)
    assert reverse("inloggen_eherkenning") in page.content.decode()


def test_R26_where_mijn_duo_stands_in_the_planning_another_portaal_does_not_speak_for_it(
    client: Client, account: Account
) -> None:
    Uitzondering.objects.all().delete()
    make_rule_without_end(account)
    make_overstap(portaal="xbrl-onderwijsportaal", stand="open", einde_token=(NOW + timedelta(days=100)).date())
    log_in(client, account.gebruikersnaam)

    text = text_of(client.get(reverse("overzicht")))

    assert "Uw organisatie stapt later over op eHerkenning." in text
    assert "Uw token blijft intussen werken." in text


def make_rule_without_end(account: Account) -> None:
    """The row of a soort whose tokens end by an act alone."""
    assert account.organisatie is not None
    row = Planningsregel.objects.create(
        nummer=23, soort=account.organisatie.soorten.get(), portaal="Mijn DUO", algemeen_einde=False, gewijzigd_op=NOW
    )
    row.portalen.add(make_portaal())


def test_R26_a_running_exception_names_its_last_day_on_the_overzicht(client: Client, account: Account) -> None:
    log_in(client, account.gebruikersnaam)
    text = text_of(client.get(reverse("overzicht")))
    assert "Uw token werkt tot en met 31 maart 2026" in text
    assert "U kunt nu al overstappen" in text


def test_R26_the_overzicht_names_the_day_of_the_row_and_none_where_an_act_ends_the_tokens(
    client: Client, account: Account
) -> None:
    """Rows 2 and 23 of the planning."""
    Uitzondering.objects.all().delete()
    make_overstap(stand="open")
    make_rule_without_end(account)
    log_in(client, account.gebruikersnaam)
    text = text_of(client.get(reverse("overzicht")))
    assert "Uw organisatie kan nu overstappen" in text
    assert "Uw token werkt tot" not in text

    row = Planningsregel.objects.get()
    row.verplicht = "1 april 2026"
    row.save()
    row.verplichte_portalen.set(row.portalen.all())
    assert "Uw token werkt tot en met 31 maart 2026" in text_of(client.get(reverse("overzicht")))


def test_R14_a_token_opens_mijn_duo_and_what_has_not_moved_and_no_more(client: Client, account: Account) -> None:
    assert account.organisatie is not None
    rol = make_rol()
    kenmerk = make_kenmerk(account.organisatie)
    grant(account, rol, kenmerk)
    ours = make_taak("Leerlingdossier", rol)
    moved = make_taak("Jaarcijfers", rol)
    moved.portaal = make_portaal("xbrl-onderwijsportaal", "XBRL Onderwijsportaal")
    moved.save()
    make_overstap(portaal="xbrl-onderwijsportaal", stand="klaar", afgerond_op=NOW)
    log_in(client, account.gebruikersnaam)

    page = client.get(reverse("overzicht")).content.decode()
    assert reverse("taak", args=[ours.sleutel]) in page
    assert reverse("taak", args=[moved.sleutel]) not in page
    assert client.get(reverse("taak", args=[ours.sleutel])).status_code == 200
    assert client.get(reverse("taak", args=[moved.sleutel])).status_code == 404
    inlog = Inlog("", portalen=open_portalen(account, NOW))
    assert "Voor dit portaal telt die nog." in " ".join(beslis(account, ours, kenmerk, NOW, inlog).keten)
    assert "vraagt om een login met niveau EH3" in beslis(account, moved, kenmerk, NOW, inlog).keten[-1]


def test_R22_a_session_without_any_login_opens_nothing(account: Account) -> None:
    rol = make_rol()
    assert account.organisatie is not None
    kenmerk = make_kenmerk(account.organisatie)
    grant(account, rol, kenmerk)
    assert not beslis(account, make_taak("Leerlingdossier", rol), kenmerk, NOW, Inlog("")).mag
