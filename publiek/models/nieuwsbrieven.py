from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from verantwoording.rules import Bewaarregel


class Nieuwsbrief(models.Model):
    """A topic on which DUO writes (R31). One that is not `actief` takes no new abonnees."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(max_length=60, unique=True)
    naam = models.CharField(max_length=120)
    omschrijving = models.CharField(max_length=300, blank=True)
    actief = models.BooleanField(default=True)
    volgorde = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "nieuwsbrief"
        verbose_name_plural = "nieuwsbrieven"
        ordering = ["volgorde", "naam"]

    def __str__(self) -> str:
        return self.naam


class AbonnementQuerySet(models.QuerySet["Abonnement"]):
    """Who gets a newsletter."""

    def live(self) -> Self:
        """Confirmed, and not left since."""
        return self.filter(bevestigd_op__isnull=False, afgemeld_op__isnull=True)

    def waiting(self) -> Self:
        """Not confirmed, or left since."""
        return self.filter(Q(bevestigd_op__isnull=True) | Q(afgemeld_op__isnull=False))

    def forgotten(self, before: datetime) -> Self:
        """Left before this moment, or asked for before it and never confirmed (R34)."""
        return self.filter(
            Q(afgemeld_op__lte=before, gevraagd_op__lte=before) | Q(bevestigd_op__isnull=True, gevraagd_op__lte=before)
        )


class Abonnement(models.Model):
    """An address that asked for a newsletter. It counts once confirmed from its own mailbox, until it leaves."""

    bewaarregel: ClassVar = Bewaarregel(
        "Nieuwsbrieven sturen aan wie daarom vroeg.", "30 dagen", "het afmelden of een aanmelding zonder bevestiging"
    )

    nieuwsbrief = models.ForeignKey(Nieuwsbrief, on_delete=models.PROTECT, related_name="abonnementen")
    email = models.EmailField()
    gevraagd_op = models.DateTimeField(db_index=True)
    bevestigd_op = models.DateTimeField(null=True)
    afgemeld_op = models.DateTimeField(null=True, db_index=True)

    objects = AbonnementQuerySet.as_manager()

    class Meta:
        verbose_name = "abonnement op een nieuwsbrief"
        verbose_name_plural = "abonnementen op nieuwsbrieven"
        constraints = [models.UniqueConstraint("nieuwsbrief", Lower("email"), name="abonnement_een_per_adres")]

    def __str__(self) -> str:
        return f"abonnement {self.pk}"


class Editie(models.Model):
    """One issue of a newsletter, plain text. Once sent it stays as it was sent."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    nieuwsbrief = models.ForeignKey(Nieuwsbrief, on_delete=models.PROTECT, related_name="edities")
    onderwerp = models.CharField(max_length=120)
    tekst = models.TextField(help_text="Gewone tekst. De afmeldlink komt er vanzelf onder.")
    verzonden_op = models.DateTimeField("verzonden op", null=True, editable=False)
    aantal = models.PositiveIntegerField("aantal abonnees", default=0, editable=False)

    class Meta:
        verbose_name = "editie van een nieuwsbrief"
        verbose_name_plural = "edities van nieuwsbrieven"
        ordering = [F("verzonden_op").desc(nulls_first=True), "-id"]

    def __str__(self) -> str:
        return self.onderwerp
