"""What comes from the makelaar, and what we noticed about it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from verantwoording.rules import Bewaarregel


class AssertieClaim(models.Model):
    """A SAML message id that was used (D8): inserting it twice fails, also in parallel. Kept as long as need be."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.CharField(max_length=64, unique=True, help_text="SHA-256 van de uitgever en het ID")
    verloopt_op = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "gebruikt bericht van eHerkenning"
        verbose_name_plural = "gebruikte berichten van eHerkenning"

    def __str__(self) -> str:
        return f"claim {self.pk}"


class GeparkeerdeLogin(models.Model):
    """A verified login on its way from the ACS to the browser that asked (D8). Only a hash of its handle is kept."""

    bewaarregel: ClassVar = Bewaarregel("Het inloggen afmaken.", "1 dag", "het inloggen")

    handvat_hash = models.CharField(max_length=64, unique=True)
    in_response_to = models.CharField(max_length=128)
    gegevens = models.JSONField()
    verloopt_op = models.DateTimeField(db_index=True)
    gebruikt_op = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "geparkeerde login"
        verbose_name_plural = "geparkeerde logins"

    def __str__(self) -> str:
        return f"geparkeerde login {self.pk}"


class HMMetadata(models.Model):
    """A version of the makelaar's metadata that was checked and accepted; the newest of our source counts.

    Versions are never changed or deleted: they say which keys were trusted when.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    inhoud = models.BinaryField(help_text="Wat de handtekening dekt")
    sha256 = models.CharField(max_length=64, help_text="Van de bytes zoals de makelaar ze gaf")
    bron = models.CharField(max_length=500, help_text="EHERKENNING_HM_METADATA op dat moment")
    opgehaald_op = models.DateTimeField()
    geldig_tot = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "metadata van de makelaar"
        verbose_name_plural = "eHerkenning"
        ordering = ["-id"]
        indexes = [models.Index(fields=["bron", "-id"], name="hmmetadata_nieuwste")]

    def __str__(self) -> str:
        return f"metadata {self.pk}"


class EherkenningTest(models.Model):
    """What came of the last test of somebody's eHerkenning through his personal link (D11). No pseudonym."""

    bewaarregel: ClassVar = Bewaarregel("Zien of iemand met eHerkenning kan inloggen.", "1 jaar", "de test")

    class Uitkomst(models.TextChoices):
        GELUKT = "gelukt", "gelukt"
        NIVEAU = "niveau_te_laag", "niveau te laag"
        DIENSTMACHTIGING = "geen_dienstmachtiging", "geen machtiging voor Mijn DUO"
        ORGANISATIE = "andere_organisatie", "ingelogd voor een andere organisatie"

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="eherkenningtest")
    op = models.DateTimeField(db_index=True)
    uitkomst = models.CharField(max_length=30, choices=Uitkomst)
    niveau = models.CharField(max_length=4, blank=True)

    class Meta:
        verbose_name = "test van eHerkenning"
        verbose_name_plural = "tests van eHerkenning"

    def __str__(self) -> str:
        return f"test van eHerkenning {self.pk}"


class Incident(models.Model):
    """A burst of unknown middelen: the makelaar may be sending wrong pseudonyms. Open until DUO staff release it.

    While it is open the koppelproces waits for middelen that were first seen after `begin` and never linked, of KvK
    numbers that have linked gebruikers. Linked middelen keep working.
    """

    bewaarregel: ClassVar = Bewaarregel("Een storing bij eHerkenning achteraf uitleggen.", "7 jaar", "het vrijgeven")

    geopend_op = models.DateTimeField("geopend op")
    begin = models.DateTimeField(help_text="Middelen die daarna voor het eerst zijn gezien, wachten")
    middelen = models.PositiveIntegerField(help_text="Onbekende middelen bij het openen")
    organisaties = models.PositiveIntegerField("KVK-nummers", help_text="Van zoveel KVK-nummers")
    vrijgegeven_op = models.DateTimeField("vrijgegeven op", null=True)
    vrijgegeven_door_id = models.BigIntegerField("vrijgegeven door", null=True)
    reden = models.TextField(blank=True)

    class Meta:
        verbose_name = "incident bij eHerkenning"
        verbose_name_plural = "incidenten bij eHerkenning"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="incident_een_open", condition=Q(vrijgegeven_op__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"incident {self.pk}"
