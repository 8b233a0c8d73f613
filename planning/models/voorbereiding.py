from typing import ClassVar

from django.db import models

from accounts.models import Organisatie
from planning.rules.voorbereiding import PUNTEN, is_done
from verantwoording.rules import Bewaarregel


class Voorbereiding(models.Model):
    """How far an organisatie is with its preparations, kept by its beheerders (R28). `versie`: see D23."""

    class Antwoord(models.TextChoices):
        """An answer to a question of yes or no."""

        ONBEKEND = "", "nog niet bekend"
        JA = "ja", "ja"
        NEE = "nee", "nee"

    bewaarregel: ClassVar = Bewaarregel(
        "Bijhouden hoe een organisatie haar overstap voorbereidt.", "2 jaar", "de laatste wijziging"
    )

    organisatie = models.OneToOneField(Organisatie, on_delete=models.CASCADE, related_name="voorbereiding")
    coordinator = models.CharField(max_length=120, blank=True)
    eherkenning = models.CharField(max_length=3, blank=True, choices=Antwoord)
    machtigingenbeheerder = models.CharField(max_length=3, blank=True, choices=Antwoord)
    toegang = models.TextField(max_length=1_000, blank=True)
    geinformeerd = models.CharField(max_length=3, blank=True, choices=Antwoord)
    niveau = models.CharField(max_length=3, blank=True, choices=Antwoord)
    levertijd = models.CharField(max_length=200, blank=True)
    gewijzigd_op = models.DateTimeField("gewijzigd op", db_index=True)
    versie = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "voorbereiding"
        verbose_name_plural = "voorbereidingen"

    def __str__(self) -> str:
        return f"voorbereiding van {self.organisatie}"

    @property
    def punten(self) -> list[tuple[str, str, bool]]:
        """Each question with its answer and whether it is settled, in order."""
        return [(vraag, str(getattr(self, veld)), is_done(getattr(self, veld))) for veld, vraag in PUNTEN.items()]

    @property
    def klaar(self) -> int:
        """How many points are settled."""
        return sum(done for _, _, done in self.punten)
