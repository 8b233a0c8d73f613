"""What pages of ours read out of the other apps: causes, contact, retention, and the versions of texts."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector

from accounts.models import Sector
from autorisatie.models import Portaal
from koppeling.models import TekstVersie
from koppeling.services.weigeringen import OORZAKEN
from publiek.rules.problemen import ANDERS, UITLEG, Probleem
from verantwoording.rules import Bewaarregel


@dataclass(frozen=True, slots=True)
class Bewaring:
    """What is kept, why, and for how long (R34)."""

    wat: str
    regel: Bewaarregel


def list_problemen() -> list[Probleem]:
    """Every cause of R16 with who can solve it: those that have a page of refusal first."""
    refusals = [Probleem(oorzaak.kop, oorzaak.wie, UITLEG[naam]) for naam, oorzaak in OORZAKEN.items()]
    return [*refusals, *ANDERS]


def list_bewaringen() -> list[Bewaring]:
    """Every kind of personal data that some model holds, out of its own `bewaarregel` (R34)."""
    found = []
    for model in apps.get_models():
        regel = getattr(model, "bewaarregel", None)
        if regel is not None:
            found.append(Bewaring(str(model._meta.verbose_name_plural), regel))  # noqa: SLF001  # Django's own way to a model's name
    return sorted(found, key=lambda bewaring: bewaring.wat.lower())


def list_diensten() -> list[Portaal]:
    """The portalen that are in use, with whom to ask about each (R25)."""
    return list(Portaal.objects.filter(actief=True))


def list_gemaakt(*, now: datetime) -> dict[str, str]:
    """What this app itself puts on pages with an address of their own, by their sleutel: so that it is found too."""
    problemen = [
        " ".join((probleem.kop, probleem.uitleg.wat, *probleem.uitleg.doen, probleem.wie))
        for probleem in list_problemen()
    ]
    diensten = [f"{dienst.naam} {dienst.omschrijving} {dienst.eigenaar} {dienst.contact}" for dienst in list_diensten()]
    sectoren = [f"{contact} {' '.join(namen)}" for contact, namen in list_sectoren()]
    bewaringen = [f"{bewaring.wat} {bewaring.regel.doel}" for bewaring in list_bewaringen()]
    privacy = list_tekstversies(TekstVersie.Soort.PRIVACY, now=now)[:1]
    voorwaarden = list_tekstversies(TekstVersie.Soort.VOORWAARDEN, now=now)[:1]
    return {
        "problemen-met-inloggen": "\n".join(problemen),
        "contact": "\n".join([*diensten, *sectoren]),
        "bewaartermijnen": "\n".join(bewaringen),
        "privacy": "".join(versie.tekst for versie in privacy),
        "gebruikersvoorwaarden": "".join(versie.tekst for versie in voorwaarden),
    }


def search_portalen(vraag: str) -> list[tuple[float, Portaal]]:
    """The portalen with these words in their name or in what they are for (R25), each with how well it fits."""
    words = SearchVector("naam", weight="A", config="dutch") + SearchVector("omschrijving", config="dutch")
    query = SearchQuery(vraag, config="dutch", search_type="websearch")
    found = Portaal.objects.annotate(zoek=words, rang=SearchRank(words, query)).filter(zoek=query)
    return [(portaal.rang, portaal) for portaal in found.order_by("naam")]


def list_sectoren() -> list[tuple[str, list[str]]]:
    """What to do with a question, and the names of the sectoren for which that holds, in their order."""
    found: dict[str, list[str]] = {}
    for naam, contact in Sector.objects.exclude(contact="").values_list("naam", "contact"):
        found.setdefault(contact, []).append(naam)
    return list(found.items())


def list_tekstversies(soort: TekstVersie.Soort, *, now: datetime) -> list[TekstVersie]:
    """The versions of this text that hold or held at `now`, newest first (R09)."""
    return list(TekstVersie.objects.filter(soort=soort, ingang__lte=now).order_by("-versie"))
