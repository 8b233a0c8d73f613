from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Soort
from autorisatie.models import Portaal
from planning.rules import Precisie, read_moment
from verantwoording.rules import Bewaarregel


class Planningsregel(models.Model):
    """One printed row of the planning table (R26): soort, portaal, and two facts, each moment exactly as printed.

    A moment is read as a day, a month or a text by `read_moment`; an empty one is not named. `geladen` is the row as
    it last came from the files: one that differs from it was changed by DUO staff, and is left alone (imports.py).
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    class Bericht(models.TextChoices):
        VERWACHT = "verwacht", "wordt nog verwacht"
        ONTVANGEN = "ontvangen", "is ontvangen"

    nummer = models.PositiveSmallIntegerField(unique=True, help_text="De plaats in de tabel")
    soort = models.ForeignKey(Soort, on_delete=models.PROTECT, related_name="planningsregels")
    portaal = models.CharField(max_length=120, help_text="Zoals het in de tabel staat")
    portalen = models.ManyToManyField(Portaal, related_name="planningsregels", help_text="Welke portalen dat zijn")
    bericht = models.CharField("moment van het bericht", max_length=60, blank=True, help_text="Leeg: niet genoemd")
    bericht_stand = models.CharField("bericht over de overstap", max_length=10, choices=Bericht, blank=True)
    verplicht = models.CharField("eHerkenning verplicht", max_length=60, blank=True, help_text="Leeg: niet genoemd")
    verplicht_voor = models.CharField(
        "verplicht voor", max_length=120, blank=True, help_text="Alleen als dat iets anders is dan het portaal"
    )
    verplichte_portalen = models.ManyToManyField(
        Portaal, related_name="+", blank=True, help_text="Voor welke portalen een token dan niet meer telt"
    )
    algemeen_einde = models.BooleanField(
        "algemeen einde van het token", default=True, help_text="Uit: het token eindigt pas als de overstap klaar is"
    )
    toelichting = models.CharField(max_length=200, blank=True)
    tonen = models.BooleanField(default=True)
    geladen = models.JSONField(default=dict, editable=False)
    gewijzigd_op = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = "regel van de planning"
        verbose_name_plural = "regels van de planning"
        ordering = ["nummer"]
        constraints = [
            models.CheckConstraint(
                name="planningsregel_bericht_heeft_stand", condition=Q(bericht="") | ~Q(bericht_stand="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nummer}. {self.portaal}"

    @property
    def verplicht_dag(self) -> date | None:
        """The day since which eHerkenning is required, when one is printed."""
        moment = read_moment(self.verplicht)
        return moment.eerste if moment.precisie is Precisie.DAG else None


class Planningsmoment(models.Model):
    """A moment of the overstap that stands outside the table: in the letter to school boards or above the table (R26).

    Without soorten or portalen it holds for all of them. `geladen` as in Planningsregel.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(max_length=80, unique=True)
    volgorde = models.PositiveSmallIntegerField()
    moment = models.CharField(max_length=60, help_text="Zoals het in de bron staat")
    omschrijving = models.CharField(max_length=300)
    bron = models.CharField(max_length=120)
    soorten = models.ManyToManyField(Soort, related_name="planningsmomenten", blank=True)
    portalen = models.ManyToManyField(Portaal, related_name="planningsmomenten", blank=True)
    tonen = models.BooleanField(default=True)
    geladen = models.JSONField(default=dict, editable=False)
    gewijzigd_op = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = "moment van de overstap"
        verbose_name_plural = "momenten van de overstap"
        ordering = ["volgorde", "id"]

    def __str__(self) -> str:
        return f"{self.moment}: {self.sleutel}"
