"""What is announced: mededelingen, who read them, and maintenance (R21)."""

from typing import ClassVar

from django.db import models

from accounts.models import Account, Organisatie, Sector, Soort
from accounts.models.organisatie import period_runs_forward
from autorisatie.models.rechten import Rol
from verantwoording.rules import Bewaarregel


class Mededeling(models.Model):
    """An announcement on the overzicht, from–to (R21). Each restriction that is filled in must fit the reader."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    titel = models.CharField(max_length=120)
    tekst = models.TextField()
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True, blank=True)
    urgent = models.BooleanField(default=False, help_text="Staat bovenaan, en valt op")
    leesbevestiging = models.BooleanField(
        "vraag om een leesbevestiging", default=False, help_text="De lezer kan aangeven dat hij het heeft gelezen"
    )
    sectoren = models.ManyToManyField(Sector, related_name="mededelingen", blank=True)
    soorten = models.ManyToManyField(Soort, related_name="mededelingen", blank=True)
    rollen = models.ManyToManyField(Rol, related_name="mededelingen", blank=True)
    organisaties = models.ManyToManyField(Organisatie, related_name="mededelingen", blank=True)

    class Meta:
        verbose_name = "mededeling"
        verbose_name_plural = "mededelingen"
        ordering = ["-van", "-id"]
        constraints = [period_runs_forward("mededeling_periode")]

    def __str__(self) -> str:
        return self.titel


class MededelingGelezen(models.Model):
    """Somebody said that she read a mededeling that asked for it (R21)."""

    bewaarregel: ClassVar = Bewaarregel("Weten wie een mededeling las.", "1 jaar", "het lezen")

    mededeling = models.ForeignKey(Mededeling, on_delete=models.CASCADE, related_name="gelezen_door")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="gelezen_mededelingen")
    op = models.DateTimeField("gelezen op", db_index=True)

    class Meta:
        verbose_name = "leesbevestiging"
        verbose_name_plural = "leesbevestigingen"
        constraints = [models.UniqueConstraint(fields=["mededeling", "account"], name="mededeling_een_keer_gelezen")]

    def __str__(self) -> str:
        return f"{self.account} las {self.mededeling}"


class Onderhoud(models.Model):
    """A line above every page, before and after logging in: when the portal is not there, from–to. Kept by staff."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    tekst = models.CharField(max_length=300, help_text="Eén of twee zinnen: wat, wanneer, en wat de bezoeker kan doen")
    van = models.DateTimeField("tonen vanaf")
    tot = models.DateTimeField("tonen tot")

    class Meta:
        verbose_name = "onderhoudsmelding"
        verbose_name_plural = "onderhoudsmeldingen"
        ordering = ["-van", "-id"]
        constraints = [period_runs_forward("onderhoud_periode")]

    def __str__(self) -> str:
        return self.tekst[:60]
