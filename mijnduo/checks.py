"""Refuses an unsafe start (D19): `manage.py check`, and refuse_unsafe_start in every process that serves.

E-numbers are for looking up; each hint says in Dutch what to do. What is fine on one machine (demo, test) is refused
everywhere else.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks  # noqa: A004  # Django's name
from django.core.management.base import SystemCheckError

from koppeling.eherkenning.config import ConfiguratieFout, Eherkenning, MetadataFout
from koppeling.eherkenning.levels import Niveau, meets
from koppeling.services.metadata import configure, fetch_metadata

OMGEVINGEN = {"productie", "acceptatie", "demo", "test"}
SECRET_KEY_TEKENS = 50
SECRET_KEY_VERSCHILLENDE = 10
PEPER_BYTES = 32
STUB_OINS = {"00000001234567890000", "00000009876543210000"}
"""The OINs with which demo and tests call themselves and their makelaar."""
TESTSYSTEEM = re.compile(r"urn:etoegang:DV:\d{20}:entities:9\d{3}")

Findings = Iterator[CheckMessage]
Check = Callable[[], Findings]


def _check(judge: Check) -> Check:
    """Register a check of the settings; it runs always, not only with --deploy."""

    def run(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
        return list(judge())

    register(run, Tags.security)
    return judge


def refuse_unsafe_start() -> None:
    """For processes that serve without a management command. SystemCheckError names everything that is wrong."""
    errors = [message for message in run_checks(tags=[Tags.security]) if message.is_serious()]
    if errors:
        raise SystemCheckError("\n".join(str(error) for error in errors))


@_check
def _omgeving() -> Findings:
    if settings.OMGEVING not in OMGEVINGEN:
        yield Error("OMGEVING is onbekend.", hint="Kies productie, acceptatie, demo of test.", id="mijnduo.E001")
    if settings.DEBUG:
        yield Error("DEBUG staat aan.", hint="Zet DEBUG uit: de foutpagina laat geheimen zien.", id="mijnduo.E002")


@_check
def _secret_key() -> Findings:
    for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        varied = len(key) >= SECRET_KEY_TEKENS and len(set(key)) >= SECRET_KEY_VERSCHILLENDE
        if not settings.LOKAAL and (not varied or "insecure" in key):
            yield Error(
                "SECRET_KEY of een van de SECRET_KEY_FALLBACKS is te raden.",
                hint="Maak een sleutel met: python -c 'import secrets; print(secrets.token_urlsafe(64))'.",
                id="mijnduo.E003",
            )


@_check
def _pepers() -> Findings:
    pepers = settings.ACTIVATIECODE_PEPERS
    if not pepers or any(not _is_strong(peper) for peper in pepers.values()):
        yield Error(
            "ACTIVATIECODE_PEPERS bevat geen peper of een te korte.",
            hint=f"Geef naam:hex, met minstens {PEPER_BYTES} bytes: python -c 'import secrets; "
            "print(secrets.token_hex(32))'.",
            id="mijnduo.E004",
        )
    if not settings.LOKAAL and any(naam.lower().startswith(("demo", "test")) for naam in pepers):
        yield Error(
            "ACTIVATIECODE_PEPERS bevat een peper van de demo of de tests.",
            hint="Maak een eigen peper met een eigen naam.",
            id="mijnduo.E005",
        )


def _is_strong(peper: str) -> bool:
    try:
        return len(bytes.fromhex(peper)) >= PEPER_BYTES
    except ValueError:
        return False


@_check
def _addresses() -> Findings:
    if not settings.LOKAAL and not settings.BASIS_URL.startswith("https://"):
        yield Error("BASIS_URL begint niet met https://.", hint="Zet TLS voor het portaal.", id="mijnduo.E006")
    if any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield Error("EXTRA_HOSTS bevat een joker.", hint="Noem elke hostnaam voluit.", id="mijnduo.E007")
    try:
        networks = [ip_network(proxy) for proxy in settings.VERTROUWDE_PROXIES]
    except ValueError:
        networks = []
        yield Error(
            "VERTROUWDE_PROXIES bevat iets wat geen IP-adres of netwerk is.",
            hint="Geef adressen of netwerken, bijvoorbeeld 10.0.0.0/24.",
            id="mijnduo.E008",
        )
    if any(network.prefixlen == 0 for network in networks):
        yield Error(
            "VERTROUWDE_PROXIES vertrouwt het hele internet.",
            hint="Noem alleen de adressen van uw eigen proxy.",
            id="mijnduo.E009",
        )


@_check
def _mail() -> Findings:
    if settings.LOKAAL:
        return
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield Error(
            "EMAIL_URL verstuurt geen e-mail, maar schrijft hem op.",
            hint="Geef een mailserver: smtp+tls://gebruiker:wachtwoord@server:587.",
            id="mijnduo.E010",
        )
    internal = settings.EMAIL_HOST in {"localhost", "127.0.0.1", "::1"}
    if not internal and not settings.EMAIL_USE_TLS and not settings.EMAIL_USE_SSL:
        yield Error(
            "E-mail gaat onversleuteld naar de mailserver, met activatiecodes erin.",
            hint="Gebruik smtp+tls:// in EMAIL_URL.",
            id="mijnduo.E011",
        )


@_check
def _database() -> Findings:
    if not settings.LOKAAL and not settings.DATABASES["default"].get("PASSWORD"):
        yield Error(
            "De database heeft geen wachtwoord.", hint="Zet er een en noem het in DATABASE_URL.", id="mijnduo.E012"
        )
    if find_spec("psycopg") is not None:
        yield Error(
            "psycopg 3 is geïnstalleerd: Django gebruikt dat dan ongemerkt in plaats van psycopg2.",
            hint="Verwijder het met: pip uninstall psycopg.",
            id="mijnduo.E013",
        )


@_check
def _eherkenning() -> Findings:
    if not meets(settings.EHERKENNING_MIN_LOA, Niveau.EH3):
        yield Error(
            "EHERKENNING_MIN_LOA is lager dan EH3.",
            hint=f"Laat de instelling weg, of kies {Niveau.EH3} of {Niveau.EH4}.",
            id="mijnduo.E014",
        )
    if settings.LOKAAL:
        return
    from_address = settings.EHERKENNING_HM_METADATA.startswith("https://")
    if from_address and not settings.EHERKENNING_HM_METADATA_CERT:
        yield Error(
            "Van metadata die het portaal zelf ophaalt, moet vaststaan wie ze ondertekent.",
            hint="Zet het certificaat van de ondertekenaar in een bestand en noem dat in EHERKENNING_HM_METADATA_CERT.",
            id="mijnduo.E019",
        )
    try:
        yield from _judge_connection(configure(fetch_metadata())[0])
    except ConfiguratieFout as fout:
        if from_address and isinstance(fout, MetadataFout):
            yield _not_refreshed()
            return
        yield Error(
            f"De aansluiting op eHerkenning klopt niet: {fout}.",
            hint="Controleer BASIS_URL en de instellingen die met EHERKENNING_ beginnen.",
            id="mijnduo.E015",
        )
    except OSError as fout:
        if from_address and fout.filename is None:
            yield _not_refreshed()
            return
        yield Error(
            "Een sleutel, certificaat of metadata van eHerkenning is niet te lezen.",
            hint="Controleer de bestanden in de instellingen die met EHERKENNING_ beginnen.",
            id="mijnduo.E016",
        )


def _not_refreshed() -> Warning:
    """No reason to stay down: with metadata that were accepted before everybody can log in."""
    return Warning(
        "Op het adres van de makelaar staan nu geen bruikbare metadata. Het portaal gaat verder met de laatste die het "
        "heeft aanvaard; zonder die kan niemand inloggen.",
        hint="Controleer EHERKENNING_HM_METADATA, EHERKENNING_HM_METADATA_CERT en het netwerk.",
        id="mijnduo.W001",
    )


def _judge_connection(config: Eherkenning) -> Findings:
    names = config.entity_id.split(":") + config.makelaar.entity_id.split(":")
    if STUB_OINS & set(names) or not config.makelaar.sso_url.startswith("https://"):
        yield Error(
            "Dit is de nagebootste eHerkenning van de demo.",
            hint="Gebruik EHERKENNING_ENTITY_ID met uw eigen OIN en de metadata van uw makelaar.",
            id="mijnduo.E017",
        )
    if settings.OMGEVING == "productie" and TESTSYSTEEM.fullmatch(config.entity_id):
        yield Error(
            "EHERKENNING_ENTITY_ID is die van een testsysteem (nummer 9000 tot en met 9999).",
            hint="Gebruik in productie een nummer van 0 tot en met 8999.",
            id="mijnduo.E018",
        )
