from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, Organisatie
from beheer.rules.continuiteit import ZINNEN, Situatie
from verantwoording.rules import Bewaarregel


class Continuiteitsmelding(models.Model):
    """Something is wrong with the beheerders of an organisatie: since when, when it was said, and when it was over.

    One row per situation; `account` is the beheerder it is about, none for the organisatie as a whole.
    """

    bewaarregel: ClassVar = Bewaarregel("Waarschuwen voordat er geen beheerder is.", "1 jaar", "het einde ervan")

    organisatie = models.ForeignKey(Organisatie, on_delete=models.CASCADE, related_name="continuiteitsmeldingen")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="continuiteitsmeldingen")
    situatie = models.CharField(max_length=20, choices=[(naam.value, zin) for naam, zin in ZINNEN.items()])
    sinds = models.DateTimeField()
    gemeld_op = models.DateTimeField()
    keren = models.PositiveSmallIntegerField("keren gemeld", default=1)
    voorbij_op = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "melding over beheerders"
        verbose_name_plural = "meldingen over beheerders"
        constraints = [
            models.UniqueConstraint(
                fields=["organisatie", "account", "situatie"],
                name="continuiteit_een_lopend",
                condition=Q(voorbij_op__isnull=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.situatie} {self.pk}"

    @property
    def zin(self) -> str:
        """What is wrong, in words."""
        return ZINNEN[Situatie(self.situatie)]
