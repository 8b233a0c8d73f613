"""Boring objects: fixed names, running numbers, nothing random."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password

from accounts.adapter import MFAAdapter
from accounts.models import (
    Account,
    Beheerderschap,
    Contactpersoon,
    Contract,
    Kenmerk,
    Machtiging,
    Organisatie,
    OrganisatieKenmerk,
    Sector,
    Soort,
)
from accounts.rules import ALFABET
from autorisatie.models import (
    Autorisatie,
    AutorisatieKenmerk,
    BeheerderBevoegdheid,
    Beheerdersrol,
    Machtigingsaanbod,
    Onderwerp,
    Portaal,
    Rol,
    Taak,
    TaakRol,
)
from beheer.models import Signaal
from koppeling.models import Activatiecode, Handleiding, Koppeling, Middel, TekstVersie
from koppeling.rules import CODE_GELDIG, hash_activatiecode, lapse_day
from planning.models import Overstap, Token, Uitzondering
from publiek.models import Pagina, PaginaVersie
from verantwoording.models import Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import propose

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
KVK = "90001354"

_counter = iter(range(1, 10_000_000))


def skip_numbers(aantal: int) -> None:
    """Number on from here: in the same database another process has used the numbers before."""
    for _ in range(aantal):
        next(_counter)


def make_sector(sleutel: str = "primair-onderwijs") -> Sector:
    return Sector.objects.get_or_create(sleutel=sleutel, defaults={"naam": "Primair onderwijs"})[0]


def make_soort(sleutel: str = "po-besturen") -> Soort:
    return Soort.objects.get_or_create(sleutel=sleutel, defaults={"naam": "Po-besturen", "sector": make_sector()})[0]


def make_organisatie(naam: str = "Stichting De Regenboog", kvk: str = KVK, **kwargs: Any) -> Organisatie:
    organisatie = Organisatie.objects.create(
        **{
            "naam": naam,
            "code_soort": Organisatie.CodeSoort.BESTUURSNUMMER,
            "code": f"{next(_counter):05}",
            "kvk_nummer": kvk,
            "bevoegd_gezag_naam": "M. Bestuur",
            "bevoegd_gezag_email": "bestuur@regenboog.example",
            "gemaakt_op": LONG_AGO,
        }
        | kwargs
    )
    organisatie.soorten.add(make_soort())
    return organisatie


def make_gebruikersnaam_number(number: int) -> str:
    signs = ""
    for _ in range(8):
        number, rest = divmod(number, len(ALFABET))
        signs = ALFABET[rest] + signs
    return f"MD{signs}"


def make_account(organisatie: Organisatie | None = None, **kwargs: Any) -> Account:
    """A gebruiker. The gebruikersnaam has the form but not the check sign of a real one unless given."""
    number = next(_counter)
    account = Account(
        **{
            "gebruikersnaam": make_gebruikersnaam_number(number),
            "organisatie": organisatie or make_organisatie(),
            "voornaam": "Fatima",
            "tussenvoegsel": "El",
            "achternaam": "Amrani",
            "email": f"gebruiker{number}@regenboog.example",
            "gemaakt_op": LONG_AGO,
            "middel_bevestigd_op": LONG_AGO,
        }
        | kwargs
    )
    account.set_unusable_password()
    account.save()
    return account


def make_contactpersoon(organisatie: Organisatie, **kwargs: Any) -> Contactpersoon:
    values = {"onderwerp": "bekostiging", "naam": "Sanne Visser", "email": "sanne@regenboog.example"}
    return Contactpersoon.objects.create(organisatie=organisatie, gewijzigd_op=LONG_AGO, **values | kwargs)


def make_contract(organisatie: Organisatie, **kwargs: Any) -> Contract:
    values = {"partij": "Administratiekantoor Telraam", "waarover": "salarissen", "begint_op": LONG_AGO.date()}
    return Contract.objects.create(organisatie=organisatie, gewijzigd_op=LONG_AGO, **values | kwargs)


def make_staf(naam: str = "medewerker.duo", *, superuser: bool = True, **kwargs: Any) -> Account:
    staf = Account(
        gebruikersnaam=naam,
        voornaam="Dana",
        achternaam="Duo",
        email=f"{naam}@mijnduo.example",
        is_staff=True,
        is_superuser=superuser,
        gemaakt_op=LONG_AGO,
        password=_staf_password(),
        **kwargs,
    )
    staf.save()
    return staf


@cache
def _staf_password() -> str:
    """Hashed once: it is slow on purpose."""
    return make_password("een lang wachtwoord voor de test")


def make_beheerder(organisatie: Organisatie | None = None, *rollen: Rol, **kwargs: Any) -> Account:
    """A beheerder; without rollen she may hand out all of them, with rollen only these (R02)."""
    account = make_account(
        organisatie, **({"voornaam": "Jolanda", "tussenvoegsel": "de", "achternaam": "Vries"} | kwargs)
    )
    beheerderschap = Beheerderschap.objects.create(account=account, van=LONG_AGO)
    beheerdersrol = make_beheerdersrol(*rollen)
    BeheerderBevoegdheid.objects.create(beheerderschap=beheerderschap, beheerdersrol=beheerdersrol, van=LONG_AGO)
    return account


def make_beheerdersrol(*rollen: Rol) -> Beheerdersrol:
    if not rollen:
        return Beheerdersrol.objects.get_or_create(
            sleutel="beheerder-mijn-duo", defaults={"naam": "Beheerder Mijn DUO", "alle_rollen": True}
        )[0]
    beheerdersrol = Beheerdersrol.objects.create(sleutel=f"beheerder-{next(_counter)}", naam="Beheerder RIO Algemeen")
    beheerdersrol.rollen.set(rollen)
    return beheerdersrol


def make_kenmerk(organisatie: Organisatie, waarde: str = "21AZ", soort: str = "brin", naam: str = "") -> Kenmerk:
    kenmerk, _ = Kenmerk.objects.get_or_create(soort=soort, waarde=waarde, defaults={"naam": naam})
    OrganisatieKenmerk.objects.get_or_create(organisatie=organisatie, kenmerk=kenmerk, defaults={"van": LONG_AGO})
    return kenmerk


def make_rol(naam: str = "ROD raadpleger", kenmerksoorten: tuple[str, ...] = ("brin",), **kwargs: Any) -> Rol:
    sleutel = naam.lower().replace(" ", "-")
    rol, new = Rol.objects.get_or_create(
        sleutel=sleutel,
        defaults={"naam": naam, "domein": "rod", "kenmerksoorten": list(kenmerksoorten)} | kwargs,
    )
    if new:
        rol.soorten.add(make_soort())
    return rol


def make_taak(naam: str = "Leerlingdossier", *rollen: Rol, kenmerksoorten: tuple[str, ...] = ("brin",)) -> Taak:
    onderwerp, _ = Onderwerp.objects.get_or_create(sleutel="rod", defaults={"naam": "Register Onderwijsdeelnemers"})
    portaal, _ = Portaal.objects.get_or_create(sleutel="rod", defaults={"naam": "ROD", "eigenaar": "DUO"})
    taak, _ = Taak.objects.get_or_create(
        sleutel=naam.lower().replace(" ", "-"),
        defaults={
            "naam": naam,
            "uitleg": "Bekijk de gegevens van één leerling.",
            "onderwerp": onderwerp,
            "portaal": portaal,
            "kenmerksoorten": list(kenmerksoorten),
        },
    )
    for rol in rollen:
        TaakRol.objects.create(taak=taak, rol=rol, van=LONG_AGO)
    return taak


def make_portaal(sleutel: str = "mijn-duo", naam: str = "Mijn DUO", **kwargs: Any) -> Portaal:
    return Portaal.objects.get_or_create(sleutel=sleutel, defaults={"naam": naam, "eigenaar": "DUO"} | kwargs)[0]


PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


def make_handleiding(titel: str = "Leerlingdossier", *plaatsen: Taak | Portaal, **kwargs: Any) -> Handleiding:
    """A manual that these taken and portalen show (R24)."""
    fields = {"versie": "2.1", "datum": date(2026, 1, 15), "inhoud": PDF, "omvang": len(PDF)}
    handleiding: Handleiding = Handleiding.objects.create(titel=titel, **fields | kwargs)
    for plaats in plaatsen:
        plaats.handleidingen.add(handleiding)
    return handleiding


def make_overstap(soort: str = "po-besturen", portaal: str = "mijn-duo", **kwargs: Any) -> Overstap:
    return Overstap.objects.create(soort=make_soort(soort), portaal=make_portaal(portaal), **kwargs)


GEHEIM = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The secret of every token of the tests."""
WACHTWOORD = "zeven kleuren op een rij"


def make_token(account: Account, **kwargs: Any) -> Token:
    """The token of somebody who has been at his organisatie since before 2022."""
    Authenticator.objects.create(user=account, type="totp", data={"secret": MFAAdapter().encrypt(GEHEIM)})
    Account.objects.filter(pk=account.pk).update(
        password=_token_password(), gemaakt_op=datetime(2021, 3, 1, tzinfo=UTC)
    )
    account.refresh_from_db()
    fields = {"serienummer": f"T{next(_counter):06}", "uitgegeven_op": account.gemaakt_op}
    return Token.objects.create(account=account, **fields | kwargs)


@cache
def _token_password() -> str:
    return make_password(WACHTWOORD)


def allow_token(organisatie: Organisatie, dagen: int = 30, *, now: datetime = NOW) -> Uitzondering:
    """An exception that lets this organisatie use its tokens for so many days from `now`."""
    tot = (now + timedelta(days=dagen)).date()
    return Uitzondering.objects.create(
        organisatie=organisatie, portaal=make_portaal(), tot=tot, reden="Fusie", gemaakt_op=LONG_AGO
    )


def make_machtiging(
    verlener: Organisatie,
    gemachtigde: Organisatie,
    rollen: Sequence[Rol] = (),
    kenmerken: Sequence[Kenmerk] = (),
    *,
    van: datetime = LONG_AGO,
    tot: datetime = NOW + timedelta(days=300),
) -> Machtiging:
    """A machtiging that was confirmed and accepted, for these rollen and kenmerken (R30)."""
    period = {"van": van, "tot": tot, "soort": Machtiging.Soort.VERWERKING}
    machtiging = Machtiging.objects.create(verlener=verlener, gemachtigde=gemachtigde, **period)
    aanbod = Machtigingsaanbod.objects.create(
        verlener=verlener,
        gemachtigde=gemachtigde,
        stand=Machtigingsaanbod.Stand.AANVAARD,
        gemaakt_op=van,
        vervalt_op=tot,
        machtiging=machtiging,
        **period,
    )
    aanbod.rollen.set(rollen)
    aanbod.kenmerken.set(kenmerken)
    return machtiging


def grant(
    account: Account,
    rol: Rol,
    *kenmerken: Kenmerk,
    van: datetime = LONG_AGO,
    machtiging: Machtiging | None = None,
) -> Autorisatie:
    autorisatie = Autorisatie.objects.create(account=account, rol=rol, van=van, machtiging=machtiging)
    for kenmerk in kenmerken:
        AutorisatieKenmerk.objects.create(autorisatie=autorisatie, kenmerk=kenmerk, van=van)
    return autorisatie


def propose_rol(account: Account, rol: Rol, *kenmerken: Kenmerk, now: datetime = NOW) -> Voorstel:
    """A beheerder asks her colleagues for a rol for herself (R02)."""
    return propose(
        soort="eigen_rol",
        sleutel=f"eigen_rol:{next(_counter)}",
        actor=Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id),
        now=now,
        verloopt_op=now + timedelta(days=14),
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        gegevens={"vragen": [{"rol": rol.pk, "erbij": [kenmerk.pk for kenmerk in kenmerken], "tot": ""}]},
        loggegevens={"rollen": rol.naam},
    )


def make_signaal(organisatie: Organisatie, account: Account | None, **kwargs: Any) -> Signaal:
    """Something that a second person should look at: a code to a new address, unless it says otherwise."""
    number = next(_counter)
    fields = {
        "soort": "mail_voor_code",
        "basis": str(number),
        "over": [account.pk] if account else [],
        "van": NOW - timedelta(hours=2),
        "tot": NOW - timedelta(hours=1),
        "gemaakt_op": NOW,
    }
    return Signaal.objects.create(organisatie=organisatie, account=account, **fields | kwargs)


def make_tekst(soort: str) -> TekstVersie:
    return TekstVersie.objects.get_or_create(
        soort=soort, versie=1, defaults={"ingang": LONG_AGO, "tekst": "## Kop\n\nEen alinea."}
    )[0]


def make_middel(kvk: str = KVK, pseudoniem: str | None = None, **kwargs: Any) -> Middel:
    pseudoniem = pseudoniem or f"{next(_counter):064x}@{'0' * 32}"
    return Middel.objects.create(pseudoniem=pseudoniem, kvk_nummer=kvk, gezien_op=LONG_AGO, **kwargs)


def link(account: Account, middel: Middel | None = None, *, used: datetime = NOW, **kwargs: Any) -> Koppeling:
    """A live koppeling, last used at `used`."""
    organisatie = account.organisatie
    assert organisatie is not None
    return Koppeling.objects.create(
        **{
            "middel": middel or make_middel(organisatie.kvk_nummer),
            "account": account,
            "organisatie": organisatie,
            "sinds": used,
            "laatst_gebruikt": used,
            "vervalt_op": lapse_day(used),
            "privacy": make_tekst("privacy"),
            "voorwaarden": make_tekst("voorwaarden"),
            "akkoord_op": used,
        }
        | kwargs
    )


def mail_code(account: Account, code: str = "ABCDEFGHJK", *, now: datetime = NOW, **kwargs: Any) -> Activatiecode:
    """An activatiecode as the worker leaves it behind: hashed with the current pepper."""
    from django.conf import settings

    naam, pepper = next(iter(settings.ACTIVATIECODE_PEPERS.items()))
    return Activatiecode.objects.create(
        **{
            "account": account,
            "hash": hash_activatiecode(
                pepper=bytes.fromhex(pepper),
                organisatie_id=account.organisatie_id or 0,
                gebruikersnaam=account.gebruikersnaam,
                code=code,
            ),
            "peper": naam,
            "gemaakt_op": now,
            "geldig_tot": now + CODE_GELDIG,
        }
        | kwargs
    )


def make_pagina(sleutel: str = "uitleg", **kwargs: Any) -> PaginaVersie:
    """A public page with one version, which staff wrote and which holds."""
    pagina, _ = Pagina.objects.get_or_create(sleutel=sleutel, defaults={"rubriek": Pagina.Rubriek.HULP})
    fields = {"versie": 1, "titel": "Uitleg", "samenvatting": "Kort gezegd.", "tekst": "", "ingang": LONG_AGO}
    return PaginaVersie.objects.create(pagina=pagina, gemaakt_op=LONG_AGO, **fields | kwargs)
