from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models.organisatie import Organisatie
from verantwoording.rules import Bewaarregel


class Contactpersoon(models.Model):
    """Whom DUO informs besides the beheerder, per onderwerp. Kept and removed by the beheerder (D23)."""

    bewaarregel: ClassVar = Bewaarregel(
        "Iemand van de organisatie kunnen bereiken.", "1 jaar", "het einde van de organisatie"
    )

    class Onderwerp(models.TextChoices):
        ALGEMEEN = "algemeen", "Algemeen"
        INLOGGEN = "inloggen", "Inloggen en eHerkenning"
        BEKOSTIGING = "bekostiging", "Bekostiging"
        REGISTERS = "registers", "Registers en gegevens"
        EXAMENS = "examens", "Toetsen en examens"
        VERZUIM = "verzuim", "Verzuim"
        INBURGERING = "inburgering", "Inburgering"
        KINDEROPVANG = "kinderopvang", "Kinderopvang"

    organisatie = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="contactpersonen")
    onderwerp = models.CharField(max_length=20, choices=Onderwerp)
    naam = models.CharField(max_length=120)
    functie = models.CharField(max_length=120, blank=True)
    email = models.EmailField("e-mailadres")
    telefoon = models.CharField("telefoonnummer", max_length=20, blank=True)
    gewijzigd_op = models.DateTimeField()
    versie = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "contactpersoon"
        verbose_name_plural = "contactpersonen"
        ordering = ["onderwerp", "naam", "id"]

    def __str__(self) -> str:
        return f"contactpersoon {self.get_onderwerp_display()}"


class Contract(models.Model):
    """A contract of the organisatie with a third party, as its beheerder keeps it: with whom, about what, from–to."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    organisatie = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="contracten")
    partij = models.CharField(max_length=200)
    waarover = models.CharField("waar het over gaat", max_length=200)
    begint_op = models.DateField()
    eindigt_op = models.DateField(null=True)
    gewijzigd_op = models.DateTimeField()
    versie = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "contract"
        verbose_name_plural = "contracten"
        ordering = ["-begint_op", "partij", "id"]
        constraints = [
            models.CheckConstraint(
                name="contract_periode", condition=Q(eindigt_op__isnull=True) | Q(eindigt_op__gte=F("begint_op"))
            ),
        ]

    def __str__(self) -> str:
        return f"contract met {self.partij}"
