from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from planning.models.overstap import Overstap
from planning.rules.mails import Stap, check_sjabloon
from verantwoording.rules import Bewaarregel

STAPPEN = [
    (stap.value, label)
    for stap, label in {
        Stap.AANKONDIGING: "1. aankondiging",
        Stap.OPEN: "2. overstappen kan",
        Stap.HERINNERING_60: "3. herinnering, 60 dagen voor het einde",
        Stap.HERINNERING_30: "4. herinnering, 30 dagen voor het einde",
        Stap.LAATSTE_WEEK: "5. laatste week",
        Stap.KLAAR: "6. klaar",
    }.items()
]


def validate_sjabloon(tekst: str) -> None:
    """Raises ValidationError for a text with a place that does not exist."""
    if fout := check_sjabloon(tekst):
        raise ValidationError(fout)


class Mailsjabloon(models.Model):
    """The text of the mail of one step of every overstap, kept by DUO staff (R27). Plain text with places to fill."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    stap = models.CharField(max_length=20, choices=STAPPEN, unique=True)
    onderwerp = models.CharField(max_length=120, validators=[validate_sjabloon])
    tekst = models.TextField(
        validators=[validate_sjabloon],
        help_text="Te gebruiken: {naam}, {organisatie}, {soort}, {portaal}, {laatste_dag}, {einde}, {adres}, {contact}",
    )

    class Meta:
        verbose_name = "tekst van een e-mail"
        verbose_name_plural = "teksten van e-mails"
        ordering = ["stap"]

    def __str__(self) -> str:
        return self.get_stap_display()


class Overstapmail(models.Model):
    """A step of an overstap whose mails were put in the outbox, in the same transaction, once a round (R27)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    overstap = models.ForeignKey(Overstap, on_delete=models.PROTECT, related_name="mails")
    ronde = models.PositiveSmallIntegerField()
    stap = models.CharField(max_length=20, choices=STAPPEN)
    op = models.DateTimeField()
    aantal = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "verstuurde stap"
        verbose_name_plural = "verstuurde stappen"
        ordering = ["-op", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["overstap", "ronde", "stap"], name="overstapmail_een_per_ronde"),
        ]

    def __str__(self) -> str:
        return f"{self.overstap}: {self.get_stap_display()}"
