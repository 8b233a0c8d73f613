from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, Organisatie
from autorisatie.models import Autorisatie
from autorisatie.rules import end_of_day, last_day
from beheer.rules.hercertificering import WAARSCHUWING_MINSTENS
from verantwoording.rules import Bewaarregel


class Hercertificering(models.Model):
    """A round at one organisatie in which every grant is looked at again. One at a time.

    verklaring and zegel are filled when it is over: what was decided, and the proof that nobody changed that since.
    """

    bewaarregel: ClassVar = Bewaarregel("Laten zien dat de rollen zijn nagekeken.", "7 jaar", "het einde van de ronde")

    organisatie = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="hercertificeringen")
    begonnen_op = models.DateTimeField()
    vervalt_op = models.DateTimeField("te beantwoorden tot")
    gewaarschuwd_op = models.DateTimeField("laatste waarschuwing", null=True)
    afgerond_op = models.DateTimeField(null=True)
    verklaring = models.JSONField(default=dict)
    zegel = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "hercertificering"
        verbose_name_plural = "hercertificeringen"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisatie"], name="hercertificering_een_lopend", condition=Q(afgerond_op__isnull=True)
            ),
            models.CheckConstraint(
                name="hercertificering_afgerond_heeft_zegel",
                condition=Q(afgerond_op__isnull=True, zegel="") | (Q(afgerond_op__isnull=False) & ~Q(zegel="")),
            ),
        ]

    def __str__(self) -> str:
        return f"hercertificering van {self.organisatie}"

    @property
    def einde(self) -> datetime:
        """When what is not answered lapses: on the day that was said, and at least seven days after the warning."""
        if self.gewaarschuwd_op is None:
            return self.vervalt_op
        return max(self.vervalt_op, end_of_day(timezone.localdate(self.gewaarschuwd_op + WAARSCHUWING_MINSTENS)))

    @property
    def laatste_dag(self) -> date:
        """The last day, in Amsterdam, to answer."""
        return last_day(self.einde)


class Beoordeling(models.Model):
    """One grant in a round, who is to judge it, and the answer. Without beoordelaar: DUO staff."""

    bewaarregel: ClassVar = Bewaarregel("Laten zien dat de rollen zijn nagekeken.", "7 jaar", "het einde van de ronde")

    class Antwoord(models.TextChoices):
        OPEN = "", "nog niet beoordeeld"
        BEHOUDEN = "behouden", "behouden"
        INGETROKKEN = "ingetrokken", "ingetrokken"
        ONBEKEND = "onbekend", "persoon onbekend, ingetrokken"
        GESTOPT = "gestopt", "al gestopt"
        VERVALLEN = "vervallen", "niet beoordeeld, vervallen"

    hercertificering = models.ForeignKey(Hercertificering, on_delete=models.CASCADE, related_name="beoordelingen")
    autorisatie = models.ForeignKey(Autorisatie, on_delete=models.PROTECT, related_name="beoordelingen")
    beoordelaar = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="beoordelingen", null=True)
    antwoord = models.CharField(max_length=12, choices=Antwoord, default=Antwoord.OPEN, blank=True)
    beantwoord_op = models.DateTimeField(null=True)
    beantwoord_door = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = "beoordeling"
        verbose_name_plural = "beoordelingen"
        constraints = [
            models.UniqueConstraint(fields=["hercertificering", "autorisatie"], name="beoordeling_uniek"),
            models.CheckConstraint(
                name="beoordeling_beantwoord",
                condition=Q(antwoord="", beantwoord_op__isnull=True)
                | (~Q(antwoord="") & Q(beantwoord_op__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["hercertificering"], name="beoordeling_open", condition=Q(antwoord=""))]

    def __str__(self) -> str:
        return f"{self.autorisatie}: {self.get_antwoord_display()}"
