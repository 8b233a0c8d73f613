"""The catalogue: onderwerpen, portalen, taken and which rollen open them (R22, R25), and how often they are opened."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Account, Soort
from accounts.models.organisatie import period_runs_forward
from autorisatie.models.rechten import Rol
from koppeling.models import Handleiding
from verantwoording.rules import Bewaarregel


class Onderwerp(models.Model):
    """A group of taken on the overzicht (R21)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(max_length=80, unique=True)
    naam = models.CharField(max_length=120)
    uitleg = models.CharField(max_length=400, blank=True)
    volgorde = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "onderwerp"
        verbose_name_plural = "onderwerpen"
        ordering = ["volgorde", "naam"]

    def __str__(self) -> str:
        return self.naam


class Portaal(models.Model):
    """A website that a taak leads to, with its owner (R25)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(max_length=80, unique=True)
    naam = models.CharField(max_length=120)
    voorheen = models.CharField(max_length=120, blank=True)
    omschrijving = models.CharField(max_length=400, blank=True)
    eigenaar = models.CharField(max_length=120)
    actief = models.BooleanField(default=True)
    niveau = models.CharField(max_length=10, default="EH3", blank=True)  # none for a portaal that is gone
    dienstmachtiging = models.CharField(max_length=200, blank=True)
    adres = models.CharField(max_length=200, blank=True)
    informatie = models.CharField("informatiepagina", max_length=200, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    soorten = models.ManyToManyField(Soort, related_name="portalen", blank=True)
    handleidingen = models.ManyToManyField(Handleiding, related_name="portalen", blank=True)

    class Meta:
        verbose_name = "portaal"
        verbose_name_plural = "portalen"
        ordering = ["naam"]

    def __str__(self) -> str:
        return self.naam


class Taak(models.Model):
    """One task: opened by rollen (TaakRol), for kenmerken of `kenmerksoorten` (empty: no kenmerk needed) (R22)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(max_length=80, unique=True)
    naam = models.CharField(max_length=120)
    uitleg = models.TextField(blank=True)
    onderwerp = models.ForeignKey(Onderwerp, on_delete=models.PROTECT, related_name="taken")
    portaal = models.ForeignKey(Portaal, on_delete=models.PROTECT, related_name="taken", null=True, blank=True)
    kenmerksoorten = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    handleidingen = models.ManyToManyField(Handleiding, related_name="taken", blank=True)
    volgorde = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "taak"
        verbose_name_plural = "taken"
        ordering = ["onderwerp__volgorde", "volgorde", "naam"]

    def __str__(self) -> str:
        return self.naam


class TaakRol(models.Model):
    """A rol opens a taak, from–to (D20)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    taak = models.ForeignKey(Taak, on_delete=models.PROTECT, related_name="taakrollen")
    rol = models.ForeignKey(Rol, on_delete=models.PROTECT, related_name="taakrollen")
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "rol die een taak opent"
        verbose_name_plural = "rollen die taken openen"
        constraints = [
            models.UniqueConstraint(fields=["taak", "rol"], name="taakrol_een_lopend", condition=Q(tot__isnull=True)),
            period_runs_forward("taakrol_periode"),
        ]

    def __str__(self) -> str:
        return f"{self.rol} opent {self.taak}"


class Taakgebruik(models.Model):
    """How often an account opened a taak on a day; feeds Snel naar over 90 days (R21)."""

    bewaarregel: ClassVar = Bewaarregel("Snelkoppelingen tonen.", "90 dagen", "de dag")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="taakgebruik")
    taak = models.ForeignKey(Taak, on_delete=models.CASCADE, related_name="gebruik")
    dag = models.DateField()
    aantal = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "gebruik van een taak"
        verbose_name_plural = "gebruik van taken"
        constraints = [models.UniqueConstraint(fields=["account", "taak", "dag"], name="taakgebruik_een_per_dag")]

    def __str__(self) -> str:
        return f"gebruik {self.pk}"
