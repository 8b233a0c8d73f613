"""What people read: versions of texts, and manuals (R09, R24)."""

from typing import ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify

from accounts.models import Organisatie, Sector
from verantwoording.rules import Bewaarregel


class TekstVersie(models.Model):
    """A version of the privacyverklaring or the gebruikersvoorwaarden (R09). Never edited once somebody accepted it."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    class Soort(models.TextChoices):
        PRIVACY = "privacy", "privacyverklaring"
        VOORWAARDEN = "voorwaarden", "gebruikersvoorwaarden"

    soort = models.CharField(max_length=20, choices=Soort)
    versie = models.PositiveIntegerField()
    ingang = models.DateTimeField()
    tekst = models.TextField(
        help_text="Alinea's, gescheiden door een lege regel. Een regel die met ## begint is een kop."
    )

    class Meta:
        verbose_name = "versie van een tekst"
        verbose_name_plural = "versies van teksten"
        ordering = ["soort", "-versie"]
        constraints = [models.UniqueConstraint(fields=["soort", "versie"], name="tekstversie_uniek")]

    def __str__(self) -> str:
        return f"{self.get_soort_display()} versie {self.versie}"


class HandleidingQuerySet(models.QuerySet["Handleiding"]):
    """Manuals, by title."""

    def general(self, sector: Sector | None = None) -> Self:
        """What stands on the login page for everybody: of no sector, and of this one."""
        return self.filter(Q(sector=None) | Q(sector=sector), algemeen=True)

    def for_organisatie(self, organisatie: Organisatie) -> Self:
        """Of no sector, and of those that this organisatie is in."""
        mine = Sector.objects.filter(soorten__organisaties=organisatie)
        return self.filter(Q(sector=None) | Q(sector__in=mine))


class HandleidingManager(models.Manager["Handleiding"].from_queryset(HandleidingQuerySet)):  # type: ignore[misc]  # made by Django
    """The file is read when it is asked for, never with a list."""

    def get_queryset(self) -> HandleidingQuerySet:
        found: HandleidingQuerySet = super().get_queryset().defer("inhoud")
        return found


class Handleiding(models.Model):
    """A manual as PDF (R24). Which taken and portalen it belongs to, they say; without them only staff find it.

    The file is kept here and nowhere else, so that one backup holds all; who may have it is asked at each download.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    titel = models.CharField(max_length=120)
    versie = models.CharField(max_length=40, help_text="Zoals het op de handleiding staat, bijvoorbeeld 2.1")
    datum = models.DateField(help_text="Van deze versie")
    sector = models.ForeignKey(
        Sector, on_delete=models.PROTECT, null=True, blank=True, help_text="Leeg: voor alle sectoren"
    )
    algemeen = models.BooleanField(
        default=False, help_text="Staat op de inlogpagina. Iedereen kan de handleiding dan downloaden"
    )
    tekstversie = models.CharField(
        "adres van een tekstversie",
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^[a-z0-9.-]+\.[a-z]+(/\S*)?$", "Vul het adres in zonder https://.")],
        help_text="Een webpagina met dezelfde uitleg, zonder https://",
    )
    inhoud = models.BinaryField()
    omvang = models.PositiveIntegerField(editable=False, help_text="In bytes")

    objects = HandleidingManager()

    class Meta:
        verbose_name = "handleiding"
        verbose_name_plural = "handleidingen"
        ordering = ["titel", "-datum"]

    def __str__(self) -> str:
        return f"{self.titel}, versie {self.versie}"

    def get_absolute_url(self) -> str:
        return reverse("handleiding", args=[self.pk])

    @property
    def bestandsnaam(self) -> str:
        """The name that the download gets: of our own words, never the name that was uploaded."""
        return f"{slugify(f'{self.titel} {self.versie}') or 'handleiding'}.pdf"
