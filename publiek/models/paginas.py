from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from publiek.rules import EIGEN_ADRES
from verantwoording.rules import Bewaarregel


class Pagina(models.Model):
    """A public page (R31): its place on the site. Its words stand in its versions."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    class Rubriek(models.TextChoices):
        EHERKENNING = "eherkenning", "Inloggen met eHerkenning"
        HULP = "hulp", "Hulp en contact"
        OVER = "over", "Over deze site"
        GEEN = "", "geen: staat in geen lijst"

    sleutel = models.SlugField(max_length=60, unique=True, help_text="Staat in het adres en blijft daarom zo.")
    rubriek = models.CharField(max_length=20, choices=Rubriek, blank=True, default=Rubriek.GEEN)
    volgorde = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "openbare pagina"
        verbose_name_plural = "openbare pagina's"
        ordering = ["rubriek", "volgorde", "sleutel"]

    def __str__(self) -> str:
        return self.sleutel

    def get_absolute_url(self) -> str:
        """Where it is read: at an address of its own, or among the other pages."""
        own = EIGEN_ADRES.get(self.sleutel)
        return reverse(own) if own else reverse("pagina", args=[self.sleutel])


class PaginaVersieQuerySet(models.QuerySet["PaginaVersie"]):
    """Versions are read as they hold at a moment."""

    def current(self, now: datetime) -> Self:
        """Of every page the newest version that holds at `now`."""
        return (
            self.filter(ingang__lte=now).order_by("pagina_id", "-versie").distinct("pagina_id").select_related("pagina")
        )


class PaginaVersie(models.Model):
    """The words of a page, from a moment on. A version that holds is never edited: the next one replaces it.

    `ingang` is empty for a concept, of which a page has at most one. `bewerkt` counts its edits, so that a stale form
    is noticed (D23). `uit_bestand`: loaded from our own files; once staff wrote a version, files no longer count.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    pagina = models.ForeignKey(Pagina, on_delete=models.PROTECT, related_name="versies")
    versie = models.PositiveIntegerField()
    titel = models.CharField(max_length=120)
    samenvatting = models.CharField(max_length=400, blank=True)
    tekst = models.TextField(blank=True, help_text="Markdown")
    gemaakt_op = models.DateTimeField()
    ingang = models.DateTimeField(null=True)
    bewerkt = models.PositiveIntegerField(default=0)
    uit_bestand = models.BooleanField(default=False)

    objects = PaginaVersieQuerySet.as_manager()

    class Meta:
        verbose_name = "versie van een openbare pagina"
        verbose_name_plural = "versies van openbare pagina's"
        ordering = ["pagina", "-versie"]
        constraints = [
            models.UniqueConstraint(fields=["pagina", "versie"], name="paginaversie_uniek"),
            models.UniqueConstraint(
                fields=["pagina"], name="paginaversie_een_concept", condition=Q(ingang__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.titel}, versie {self.versie}"
