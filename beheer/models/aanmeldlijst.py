import logging
from datetime import datetime
from typing import ClassVar, Self

from celery import current_app
from django.db import models, transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from accounts.models import Account, Organisatie
from beheer.rules.aanmeldlijst import BEWAARD
from verantwoording.rules import Bewaarregel

logger = logging.getLogger(__name__)


class AanmeldlijstQuerySet(models.QuerySet["Aanmeldlijst"]):
    """Reads on files with people to register."""

    def kept(self, now: datetime) -> Self:
        """Those whose day is not over at `now`; a list that is being carried out has no end yet."""
        return self.exclude(_over(now))

    def over(self, now: datetime) -> Self:
        """The others: those that go."""
        return self.filter(_over(now))


def _over(now: datetime) -> Q:
    since = now - BEWAARD
    waits = Q(klaar_op=None, gemaakt_op__lte=since) & ~Q(status=Aanmeldlijst.Status.BEZIG)
    return waits | Q(klaar_op__lte=since)


class Aanmeldlijst(models.Model):
    """A file with people to register, kept as rows for a day (D23): from the upload, or from when it was carried out.

    `actor` and `adres` are who confirmed it and from where: the job writes them in the log.
    """

    bewaarregel: ClassVar = Bewaarregel(
        "Veel gebruikers tegelijk aanmelden.", "24 uur", "het uploaden of het verwerken"
    )

    class Status(models.TextChoices):
        NIEUW = "nieuw", "nog niet bevestigd"
        BEZIG = "bezig", "wordt verwerkt"
        KLAAR = "klaar", "verwerkt"
        GESTOPT = "gestopt", "gestopt"
        ONGEDAAN = "ongedaan", "ongedaan gemaakt"

    organisatie = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="aanmeldlijsten")
    beheerder = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="aanmeldlijsten")
    gemaakt_op = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.NIEUW)
    bevestigd_op = models.DateTimeField(null=True)
    klaar_op = models.DateTimeField(null=True)
    adres = models.GenericIPAddressField(null=True)
    opmerkingen = models.JSONField(default=list)
    reden = models.TextField(blank=True, help_text="Waarom het verwerken is gestopt")

    objects = AanmeldlijstQuerySet.as_manager()

    class Meta:
        verbose_name = "aanmeldlijst"
        verbose_name_plural = "aanmeldlijsten"
        indexes = [models.Index(fields=["id"], name="aanmeldlijst_bezig", condition=Q(status="bezig"))]

    def __str__(self) -> str:
        return f"aanmeldlijst {self.pk}"

    @property
    def bewaard_tot(self) -> datetime:
        """Until when it is kept, and can be undone; while it is being carried out that moment is yet to come."""
        return (self.klaar_op or self.gemaakt_op) + BEWAARD

    def hint(self) -> None:
        """Tell a worker about this list once the transaction commits; beat finds what no hint told (D17)."""
        transaction.on_commit(lambda: _send_hint(self.pk))


def _send_hint(lijst_id: int) -> None:
    try:
        current_app.send_task("beheer.tasks.register_aanmeldlijst", [lijst_id])
    except OperationalError:
        logger.warning("aanmeldlijst %s waits for beat: the broker cannot be reached", lijst_id)


class Aanmeldrij(models.Model):
    """A row of an aanmeldlijst as it was read, and what came of it.

    rollen: [rol id, [kenmerk ids]] each. fouten: [name of the column, sentence] each; a row with any is never carried
    out. account_id is the account that was made, or that was there already.
    """

    bewaarregel: ClassVar = Bewaarregel(
        "Veel gebruikers tegelijk aanmelden.", "24 uur", "het uploaden of het verwerken"
    )

    class Uitkomst(models.TextChoices):
        OPEN = "", "nog niets"
        NIEUW = "nieuw", "aangemeld"
        BESTOND = "bestond", "was al aangemeld"

    lijst = models.ForeignKey(Aanmeldlijst, on_delete=models.CASCADE, related_name="rijen")
    nummer = models.PositiveIntegerField()
    voornaam = models.TextField(blank=True)
    tussenvoegsel = models.TextField(blank=True)
    achternaam = models.TextField(blank=True)
    email = models.TextField(blank=True)
    telefoon = models.TextField(blank=True)
    functie = models.TextField(blank=True)
    werkgever = models.TextField(blank=True)
    rollen = models.JSONField(default=list)
    fouten = models.JSONField(default=list)
    uitkomst = models.CharField(max_length=10, choices=Uitkomst, default=Uitkomst.OPEN, blank=True)
    account_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "rij van een aanmeldlijst"
        verbose_name_plural = "rijen van aanmeldlijsten"
        constraints = [models.UniqueConstraint(fields=["lijst", "nummer"], name="aanmeldrij_uniek")]

    def __str__(self) -> str:
        return f"rij {self.nummer}"
