from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Organisatie
from beheer.rules.signalen import NAMEN, Grens, Soort
from verantwoording.models import ACTORSOORTEN
from verantwoording.rules import Bewaarregel

SOORTEN = [(soort.value, naam) for soort, naam in NAMEN.items()]


class Signaal(models.Model):
    """Something happened between `van` and `tot` that a second person should look at, and what came of it.

    basis says about which account, middel or person of its soort; of one basis at most one is open. door: the accounts
    that did it, as far as known, over: those it was done to; none of them may answer. Nothing stands in its way: what
    happened had happened already.
    """

    bewaarregel: ClassVar = Bewaarregel("Misbruik van accounts en rollen opmerken.", "2 jaar", "het ontstaan")

    class Staat(models.TextChoices):
        OPEN = "open", "wacht op een antwoord"
        KLOPT = "klopt", "het klopt"
        GESTOPT = "gestopt", "gestopt"

    soort = models.CharField(max_length=30, choices=SOORTEN)
    basis = models.CharField(max_length=60)
    organisatie = models.ForeignKey(Organisatie, on_delete=models.CASCADE, related_name="signalen")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="signalen")
    door = ArrayField(models.BigIntegerField(), default=list)
    over = ArrayField(models.BigIntegerField(), default=list)
    aantal = models.PositiveIntegerField(default=1)
    van = models.DateTimeField()
    tot = models.DateTimeField()
    gemaakt_op = models.DateTimeField("ontstaan op")
    herinnerd_op = models.DateTimeField("herinnerd op", null=True)
    geescaleerd_op = models.DateTimeField("aan DUO gemeld op", null=True)
    staat = models.CharField(max_length=10, choices=Staat, default=Staat.OPEN)
    beantwoord_op = models.DateTimeField("beantwoord op", null=True)
    beantwoord_soort = models.CharField("beantwoord door", max_length=10, choices=ACTORSOORTEN, blank=True)
    beantwoord_id = models.BigIntegerField(null=True)
    reden = models.TextField(blank=True)

    class Meta:
        verbose_name = "signaal"
        verbose_name_plural = "signalen"
        indexes = [models.Index(fields=["organisatie", "-id"], name="signaal_organisatie")]
        constraints = [
            models.UniqueConstraint(fields=["soort", "basis"], name="signaal_een_open", condition=Q(staat="open")),
            models.UniqueConstraint(fields=["soort", "basis", "van"], name="signaal_eens"),
            models.CheckConstraint(name="signaal_periode", condition=Q(tot__gte=F("van"))),
            models.CheckConstraint(
                name="signaal_beantwoord",
                condition=Q(staat="open", beantwoord_op=None, beantwoord_soort="")
                | (~Q(staat="open") & Q(beantwoord_op__isnull=False) & ~Q(beantwoord_soort="")),
            ),
        ]

    def __str__(self) -> str:
        return f"signaal {self.pk}: {self.naam.lower()}"

    @property
    def naam(self) -> str:
        """What it is about, in some words."""
        return NAMEN[Soort(self.soort)]


class Signaalgrens(models.Model):
    """From when on something is a signaal, for one soort; staff set it."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    soort = models.CharField(max_length=30, choices=SOORTEN, unique=True)
    aan = models.BooleanField(default=True, help_text="Uit: hiervoor ontstaan geen signalen")
    uren = models.PositiveSmallIntegerField(help_text="Binnen zoveel uur")
    aantal = models.PositiveIntegerField(help_text="Vanaf zoveel keer. Bij een middel: zoveel verschillende mensen")
    herinneren = models.PositiveSmallIntegerField("herinneren na", help_text="Uren zonder antwoord")
    escaleren = models.PositiveSmallIntegerField("melden aan DUO na", help_text="Uren zonder antwoord")

    class Meta:
        verbose_name = "grens voor signalen"
        verbose_name_plural = "grenzen voor signalen"
        ordering = ["soort"]
        constraints = [
            models.CheckConstraint(name="signaalgrens_iets", condition=Q(uren__gte=1, aantal__gte=1)),
            models.CheckConstraint(name="signaalgrens_volgorde", condition=Q(escaleren__gte=F("herinneren"))),
        ]

    def __str__(self) -> str:
        return self.get_soort_display()

    @property
    def grens(self) -> Grens:
        """What the rules are asked with."""
        return Grens(self.uren, self.aantal, self.aan, self.herinneren, self.escaleren)


class Signaalstand(models.Model):
    """How far the log has been read for signalen: one row, which is the lock of the job too.

    regel_id is the last line that is so old that none before it can still be committed.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    regel_id = models.BigIntegerField(null=True)
    gezien_op = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "stand van de signalen"
        verbose_name_plural = "stand van de signalen"

    def __str__(self) -> str:
        return f"gelezen tot regel {self.regel_id}"
