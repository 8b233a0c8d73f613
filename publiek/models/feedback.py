from typing import ClassVar

from django.db import models
from django.db.models import Q

from verantwoording.rules import Bewaarregel


class Feedback(models.Model):
    """What somebody thinks of the site (R31): a score, words and the page. Nothing says who it was."""

    bewaarregel: ClassVar = Bewaarregel("De website verbeteren.", "1 jaar", "het invullen")

    class Cijfer(models.IntegerChoices):
        HEEL_SLECHT = 1, "heel slecht"
        SLECHT = 2, "slecht"
        GAAT_WEL = 3, "gaat wel"
        GOED = 4, "goed"
        HEEL_GOED = 5, "heel goed"

    op = models.DateTimeField(db_index=True)
    pagina = models.CharField(max_length=200, blank=True)
    cijfer = models.PositiveSmallIntegerField(choices=Cijfer)
    tekst = models.TextField(blank=True)

    class Meta:
        verbose_name = "mening over de website"
        verbose_name_plural = "meningen over de website"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(name="feedback_cijfer", condition=Q(cijfer__range=(1, 5)))]

    def __str__(self) -> str:
        return f"mening {self.pk}"
