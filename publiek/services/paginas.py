from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import Case, TextField, Value, When

from publiek.models import Pagina, PaginaVersie
from verantwoording.rules import Actor
from verantwoording.services import write_logregel


class VerouderdError(Exception):
    """The concept was changed by somebody else since the form was shown (D23); nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "Iemand anders heeft deze pagina intussen gewijzigd. Ga terug naar de pagina en begin opnieuw."
        )


@dataclass(frozen=True, slots=True)
class Woorden:
    """What a version of a page says."""

    titel: str
    samenvatting: str
    tekst: str


def current_pagina(sleutel: str, *, now: datetime) -> PaginaVersie | None:
    """The words of this page that hold at `now`; None for a page that is not there (yet)."""
    return PaginaVersie.objects.current(now).filter(pagina__sleutel=sleutel).first()


def list_paginas(*, now: datetime) -> list[PaginaVersie]:
    """Every page that can be read at `now`, in the order of the site."""
    rows = PaginaVersie.objects.current(now)
    return sorted(rows, key=lambda row: (row.pagina.rubriek, row.pagina.volgorde, row.pagina.sleutel))


def search_paginas(vraag: str, *, gemaakt: Mapping[str, str], now: datetime) -> list[tuple[float, PaginaVersie]]:
    """The pages with these words at `now`, each with how well it fits (Dutch: 'inloggen' finds 'ingelogd').

    A title counts for more than a text. gemaakt: by its sleutel what the portal itself puts on a page, found as text.
    """
    rest = (When(pagina__sleutel=sleutel, then=Value(tekst)) for sleutel, tekst in gemaakt.items())
    words = (
        SearchVector("titel", weight="A", config="dutch")
        + SearchVector("samenvatting", weight="B", config="dutch")
        + SearchVector("tekst", weight="D", config="dutch")
        + SearchVector(Case(*rest, default=Value(""), output_field=TextField()), weight="D", config="dutch")
    )
    query = SearchQuery(vraag, config="dutch", search_type="websearch")
    held = PaginaVersie.objects.current(now).values("pk")
    found = PaginaVersie.objects.filter(pk__in=held).annotate(zoek=words, rang=SearchRank(words, query))
    fitting = found.filter(zoek=query).select_related("pagina").order_by("titel")
    return [(versie.rang, versie) for versie in fitting]  # type: ignore[attr-defined]  # annotated above


@transaction.atomic
def save_concept(*, pagina: Pagina, woorden: Woorden, bewerkt: int, actor: Actor, now: datetime) -> PaginaVersie:
    """Write the next version of a page, which nobody reads until it is published.

    bewerkt: the counter of the concept that the form was shown with, 0 when there was none. Raises VerouderdError.
    """
    newest = _newest(pagina)
    concept = newest if newest and newest.ingang is None else None
    if bewerkt != (concept.bewerkt if concept else 0):
        raise VerouderdError
    concept = concept or PaginaVersie(pagina=pagina, versie=newest.versie + 1 if newest else 1, gemaakt_op=now)
    concept.titel, concept.samenvatting, concept.tekst = woorden.titel, woorden.samenvatting, woorden.tekst
    concept.bewerkt += 1
    concept.save()
    _log("pagina_geschreven", concept, actor, now)
    return concept


@transaction.atomic
def publish_concept(*, pagina: Pagina, ingang: datetime, bewerkt: int, actor: Actor, now: datetime) -> PaginaVersie:
    """Let the concept of a page hold from `ingang` on, not before `now`; older versions stay as history.

    Raises VerouderdError when the concept is not the one that was looked at, or is gone.
    """
    concept = _newest(pagina)
    if concept is None or concept.ingang is not None or concept.bewerkt != bewerkt:
        raise VerouderdError
    concept.ingang = max(ingang, now)
    concept.save(update_fields=["ingang"])
    _log("pagina_gepubliceerd", concept, actor, now)
    return concept


@transaction.atomic
def load_pagina(*, sleutel: str, rubriek: str, volgorde: int, woorden: Woorden, now: datetime) -> bool:
    """Bring a page from our files into the database; True when its words are new. What staff wrote stays (R31)."""
    pagina, _ = Pagina.objects.get_or_create(sleutel=sleutel, defaults={"rubriek": rubriek, "volgorde": volgorde})
    newest = _newest(pagina)
    if pagina.versies.filter(uit_bestand=False).exists():
        return False
    if newest and (newest.titel, newest.samenvatting, newest.tekst) == (
        woorden.titel,
        woorden.samenvatting,
        woorden.tekst,
    ):
        return False
    PaginaVersie.objects.create(
        pagina=pagina,
        versie=newest.versie + 1 if newest else 1,
        titel=woorden.titel,
        samenvatting=woorden.samenvatting,
        tekst=woorden.tekst,
        gemaakt_op=now,
        ingang=now,
        uit_bestand=True,
    )
    return True


def _newest(pagina: Pagina) -> PaginaVersie | None:
    """The last version of a page, while nobody else can write one."""
    Pagina.objects.select_for_update().get(pk=pagina.pk)
    return pagina.versies.order_by("-versie").first()


def _log(gebeurtenis: str, versie: PaginaVersie, actor: Actor, now: datetime) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        object_soort="pagina",
        object_id=versie.pagina_id,
        gegevens={"titel": versie.titel, "versie": versie.versie},
    )
