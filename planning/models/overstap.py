from datetime import date, datetime
from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import Organisatie, Soort
from autorisatie.models import Portaal
from planning.rules.overstap import UITZONDERING_ACHTERAF, UITZONDERING_VOORAF, Dagen, OverstapFeit, Stand
from verantwoording.rules import Bewaarregel

STANDEN = [
    (stand.value, label)
    for stand, label in {
        Stand.GEPLAND: "gepland, nog niet aangekondigd",
        Stand.AANGEKONDIGD: "aangekondigd",
        Stand.OPEN: "open: organisaties kunnen overstappen",
        Stand.KLAAR: "klaar: tokens werken niet meer",
        Stand.GEPAUZEERD: "gepauzeerd",
        Stand.TERUGGEDRAAID: "teruggedraaid",
    }.items()
]


class Overstap(models.Model):
    """The move of one soort organisatie, for one portaal, from token to eHerkenning (R26).

    Moved by staff, or by the job on a day that staff set. Every move is a line of the log. `ronde` counts the
    announcements: after a rollback everybody is told anew. `per_dag`: a golf is so many organisaties a day; their
    mails leave day by day.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    soort = models.ForeignKey(Soort, on_delete=models.PROTECT, related_name="overstappen")
    portaal = models.ForeignKey(Portaal, on_delete=models.PROTECT, related_name="overstappen")
    stand = models.CharField(max_length=20, choices=STANDEN, default=Stand.GEPLAND.value)
    stand_voor_pauze = models.CharField(max_length=20, blank=True, choices=STANDEN)
    ronde = models.PositiveSmallIntegerField(default=0)
    aankondigen_op = models.DateField("aankondigen op", null=True, blank=True)
    openen_op = models.DateField("openen op", null=True, blank=True)
    einde_token = models.DateField("eerste dag zonder token", null=True, blank=True)
    per_dag = models.PositiveIntegerField(
        "organisaties per dag", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    aangekondigd_op = models.DateTimeField("aangekondigd op", null=True, blank=True)
    geopend_op = models.DateTimeField("geopend op", null=True, blank=True)
    afgerond_op = models.DateTimeField("afgerond op", null=True, blank=True)

    class Meta:
        verbose_name = "overstap"
        verbose_name_plural = "overstappen"
        ordering = ["soort__naam", "portaal__naam"]
        constraints = [
            models.UniqueConstraint(fields=["soort", "portaal"], name="overstap_soort_portaal"),
            models.CheckConstraint(
                name="overstap_klaar_heeft_moment",
                condition=~Q(stand=Stand.KLAAR.value) | Q(afgerond_op__isnull=False),
            ),
            models.CheckConstraint(
                name="overstap_pauze_weet_vanwaar", condition=~Q(stand=Stand.GEPAUZEERD.value) | ~Q(stand_voor_pauze="")
            ),
            models.CheckConstraint(
                name="overstap_dagen_op_volgorde",
                condition=(Q(aankondigen_op=None) | Q(openen_op=None) | Q(aankondigen_op__lte=F("openen_op")))
                & (Q(openen_op=None) | Q(einde_token=None) | Q(openen_op__lte=F("einde_token")))
                & (Q(aankondigen_op=None) | Q(einde_token=None) | Q(aankondigen_op__lte=F("einde_token"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.soort}, {self.portaal}"

    @property
    def dagen(self) -> Dagen:
        """The days that staff set."""
        return Dagen(self.aankondigen_op, self.openen_op, self.einde_token)

    @property
    def feit(self) -> OverstapFeit:
        """What the rules need to know of it."""
        return OverstapFeit(Stand(self.stand), self.einde_token, self.afgerond_op)


class UitzonderingQuerySet(models.QuerySet["Uitzondering"]):
    """Exceptions are read as they stand at a moment."""

    def live(self, vandaag: date) -> Self:
        """Exceptions that were not withdrawn, and that run on `vandaag`."""
        return self.filter(ingetrokken_op=None, tot__gt=vandaag)

    def ending(self, vandaag: date) -> Self:
        """Those that run on `vandaag` and end soon, when no other one of the organisatie lasts longer."""
        longer = self.model.objects.live(vandaag).filter(
            organisatie=OuterRef("organisatie"), portaal=OuterRef("portaal"), tot__gt=OuterRef("tot")
        )
        soon = self.live(vandaag).filter(tot__lte=vandaag + UITZONDERING_VOORAF, organisatie__beeindigd_op=None)
        return soon.exclude(Exists(longer)).select_related("organisatie", "portaal")

    def ended(self, now: datetime) -> Self:
        """Those that ended lately, on their day or because they were withdrawn; a job that is late finds them too."""
        vandaag = timezone.localdate(now)
        by_day = Q(ingetrokken_op=None, tot__lte=vandaag, tot__gt=vandaag - UITZONDERING_ACHTERAF)
        return self.filter(by_day | Q(ingetrokken_op__lte=now, ingetrokken_op__gt=now - UITZONDERING_ACHTERAF))


class Uitzondering(models.Model):
    """One organisatie may use its tokens longer, for one portaal, with a reason and an end (R26). Staff only.

    `tot` is the first day on which they no longer work. A row is withdrawn, never changed or deleted.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    organisatie = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="uitzonderingen")
    portaal = models.ForeignKey(Portaal, on_delete=models.PROTECT, related_name="uitzonderingen")
    tot = models.DateField("eerste dag zonder token")
    reden = models.CharField(max_length=400)
    gemaakt_op = models.DateTimeField()
    ingetrokken_op = models.DateTimeField("ingetrokken op", null=True, blank=True)

    objects = UitzonderingQuerySet.as_manager()

    class Meta:
        verbose_name = "uitzondering"
        verbose_name_plural = "uitzonderingen"
        ordering = ["-gemaakt_op", "-id"]
        indexes = [models.Index(fields=["portaal", "organisatie"], name="uitzondering_zoeken")]

    def __str__(self) -> str:
        return f"{self.organisatie}, {self.portaal}"
