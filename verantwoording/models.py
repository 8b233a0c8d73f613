import logging
from datetime import datetime
from typing import ClassVar, Self

from celery import current_app
from django.db import models, transaction
from django.db.models import F, Q
from kombu.exceptions import OperationalError

from verantwoording.rules import Actor, ActorSoort, Bewaarregel

logger = logging.getLogger(__name__)

ACTORSOORTEN = [(soort.value, soort.value) for soort in ActorSoort]


class Logregel(models.Model):
    """One line of the append-only log (R33, D21): who, what, on whom, when, from where, why.

    Ids without foreign keys, so that a line outlives what it speaks of; UPDATE and DELETE are refused by a trigger.
    Never holds a gebruikersnaam, a pseudonym or a code.
    """

    bewaarregel: ClassVar = Bewaarregel("Achteraf laten zien wie wat deed.", "7 jaar", "de handeling")

    op = models.DateTimeField()
    gebeurtenis = models.CharField(max_length=60)
    organisatie_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True, help_text="Op wie het slaat")
    actor_soort = models.CharField(max_length=10, choices=ACTORSOORTEN)
    actor_id = models.BigIntegerField(null=True)
    actor_naam = models.CharField(max_length=60, blank=True)
    namens_id = models.BigIntegerField(null=True)
    adres = models.GenericIPAddressField(null=True)
    reden = models.TextField(blank=True)
    object_soort = models.CharField(max_length=40, blank=True)
    object_id = models.BigIntegerField(null=True)
    gegevens = models.JSONField(default=dict)

    class Meta:
        verbose_name = "logregel"
        verbose_name_plural = "logregels"
        indexes = [
            models.Index(F("organisatie_id"), F("id").desc(), name="logregel_organisatie"),
            models.Index(F("account_id"), F("id").desc(), name="logregel_account"),
            # Lists ask of everybody in them what became of his letter: few lines among many logins.
            models.Index(
                F("account_id"), F("id").desc(), name="logregel_brief", condition=Q(gebeurtenis__startswith="brief_")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.op:%Y-%m-%d %H:%M} {self.gebeurtenis}"


class BerichtQuerySet(models.QuerySet["Bericht"]):
    """The outbox, as its sender reads it."""

    def due(self, now: datetime) -> Self:
        """Mails that may be sent at `now`: waiting, and not put off to later."""
        return self.filter(status=Bericht.Status.WACHT, niet_voor__lte=now)


class Bericht(models.Model):
    """A mail to be sent: mail's one door out (D17). No body and no address: rendered when it is sent.

    `sleutel` makes "once" true: one row per key. `object_id` is what the mail is about (its kind says which table).
    """

    bewaarregel: ClassVar = Bewaarregel("Weten of een e-mail is verstuurd.", "1 jaar", "het verzenden")

    class Status(models.TextChoices):
        WACHT = "wacht", "wacht op verzending"
        BEZIG = "bezig", "wordt verzonden"
        VERZONDEN = "verzonden", "verzonden"
        GEWEIGERD = "geweigerd", "geweigerd door de ontvanger"
        MISLUKT = "mislukt", "niet gelukt"
        VERVALLEN = "vervallen", "niet meer nodig"

    class Prioriteit(models.IntegerChoices):
        HOOG = 1, "hoog"
        GEWOON = 5, "gewoon"
        BULK = 9, "bulk"

    soort = models.CharField(max_length=60)
    sleutel = models.CharField(max_length=200, unique=True)
    account_id = models.BigIntegerField(null=True)
    organisatie_id = models.BigIntegerField(null=True)
    object_id = models.BigIntegerField(null=True)
    gegevens = models.JSONField(default=dict)
    prioriteit = models.SmallIntegerField(choices=Prioriteit, default=Prioriteit.GEWOON)
    status = models.CharField(max_length=10, choices=Status, default=Status.WACHT)
    pogingen = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=120, blank=True)
    gemaakt_op = models.DateTimeField()
    niet_voor = models.DateTimeField()
    begonnen_op = models.DateTimeField(null=True)
    verzonden_op = models.DateTimeField(null=True)
    fout = models.CharField(max_length=200, blank=True)

    objects = BerichtQuerySet.as_manager()

    class Meta:
        verbose_name = "bericht"
        verbose_name_plural = "berichten"
        indexes = [
            models.Index(fields=["prioriteit", "niet_voor", "id"], name="bericht_wacht", condition=Q(status="wacht")),
            models.Index(fields=["begonnen_op"], name="bericht_bezig", condition=Q(status="bezig")),
            models.Index(fields=["account_id", "soort", "-id"], name="bericht_account"),
        ]
        constraints = [
            models.CheckConstraint(
                name="bericht_verzonden_heeft_moment",
                condition=~Q(status="verzonden") | Q(verzonden_op__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.soort} {self.pk} ({self.status})"

    def hint(self) -> None:
        """Tell the worker about this row once the transaction commits.

        By name, because models know no tasks. Redis being down is logged, not raised: beat's sweep sends it anyway.
        """
        transaction.on_commit(lambda: _send_hint(self.pk))


def _send_hint(bericht_id: int) -> None:
    try:
        current_app.send_task("verantwoording.tasks.send_bericht", [bericht_id])
    except OperationalError:
        logger.warning("bericht %s waits for the sweep: the broker cannot be reached", bericht_id)


class Taakrun(models.Model):
    """One run of a job (D16). (naam, venster) is unique for real runs and so is the lock: two beats do no harm."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    class Status(models.TextChoices):
        BEZIG = "bezig", "bezig"
        KLAAR = "klaar", "klaar"
        MISLUKT = "mislukt", "mislukt"

    naam = models.CharField(max_length=60)
    venster = models.CharField(max_length=40)
    proef = models.BooleanField(default=False, help_text="Een proefrun verandert niets")
    status = models.CharField(max_length=10, choices=Status, default=Status.BEZIG)
    begonnen_op = models.DateTimeField()
    hartslag_op = models.DateTimeField()
    klaar_op = models.DateTimeField(null=True)
    tellingen = models.JSONField(default=dict)
    fout = models.TextField(blank=True)

    class Meta:
        verbose_name = "taakrun"
        verbose_name_plural = "taakruns"
        constraints = [
            models.UniqueConstraint(
                fields=["naam", "venster"], name="taakrun_een_per_venster", condition=Q(proef=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.naam} {self.venster}"


class Foutreferentie(models.Model):
    """What stands behind the short reference on the page of a refusal (R16, D13), poor in personal data.

    kvk_nummer, organisatie_id and account_id are filled only when a verified message of the makelaar names them;
    gegevens holds the failed check, status codes and level. How many are kept in a minute is bounded per `bron`.
    """

    bewaarregel: ClassVar = Bewaarregel("Uitzoeken waarom iemand niet kon inloggen.", "30 dagen", "de weigering")

    class Bron(models.TextChoices):
        ONBEKEND = "onbekend", "niet vastgesteld"
        MAKELAAR = "makelaar", "een ondertekend antwoord van eHerkenning"
        MIDDEL = "middel", "iemand die bij eHerkenning is ingelogd"

    referentie = models.CharField(max_length=9, unique=True)
    op = models.DateTimeField(db_index=True)
    bron = models.CharField("afkomstig van", max_length=10, choices=Bron)
    oorzaak = models.CharField(max_length=40)
    kvk_nummer = models.CharField("KVK-nummer", max_length=8, blank=True)
    organisatie_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    gegevens = models.JSONField(default=dict)

    class Meta:
        verbose_name = "foutreferentie"
        verbose_name_plural = "foutreferenties"

    def __str__(self) -> str:
        return self.referentie


_BESLOTEN = ["akkoord", "afgewezen"]


def _closed() -> Q:
    return ~Q(staat="open") & Q(besloten_op__isnull=False) & ~Q(besluiter_soort="")


def _two_persons() -> Q:
    """A person decided, and another one than who proposed it."""
    same = Q(besluiter_soort=F("voorsteller_soort"), besluiter_id=F("voorsteller_id"), voorsteller_id__isnull=False)
    return Q(besluiter_soort__in=["account", "staf", "gezag"], besluiter_id__isnull=False) & ~same


class VoorstelQuerySet(models.QuerySet["Voorstel"]):
    """Voorstellen, as their apps read them."""

    def open(self, now: datetime) -> Self:
        """Those that can still be decided."""
        return self.filter(staat=Voorstel.Staat.OPEN, verloopt_op__gt=now)


class Voorstel(models.Model):
    """One act that waits for a second person (D22). The app that knows the act shows it and carries it out.

    `sleutel` says which act: of one key at most one is open. `gegevens` is what the act needs, `loggegevens` what its
    sentences in the log are filled with. Proposer and decider are Actors; the database holds that they are two.
    """

    bewaarregel: ClassVar = Bewaarregel("Laten zien wie iets voorstelde en wie besliste.", "2 jaar", "het besluit")

    class Staat(models.TextChoices):
        OPEN = "open", "wacht op een tweede persoon"
        AKKOORD = "akkoord", "akkoord"
        AFGEWEZEN = "afgewezen", "afgewezen"
        INGETROKKEN = "ingetrokken", "ingetrokken"
        VERVALLEN = "vervallen", "niet op tijd besloten"

    soort = models.CharField(max_length=40)
    sleutel = models.CharField(max_length=200)
    organisatie_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True, help_text="Op wie het slaat")
    object_id = models.BigIntegerField(null=True)
    gegevens = models.JSONField(default=dict)
    loggegevens = models.JSONField(default=dict)
    staat = models.CharField(max_length=12, choices=Staat, default=Staat.OPEN)
    gemaakt_op = models.DateTimeField()
    verloopt_op = models.DateTimeField()
    besloten_op = models.DateTimeField(null=True, help_text="Of ingetrokken, of vervallen")
    voorsteller_soort = models.CharField(max_length=10, choices=ACTORSOORTEN)
    voorsteller_id = models.BigIntegerField(null=True)
    voorsteller_naam = models.CharField(max_length=60, blank=True)
    voorsteller_namens_id = models.BigIntegerField(null=True)
    voorsteller_adres = models.GenericIPAddressField(null=True)
    voorsteller_reden = models.TextField(blank=True)
    besluiter_soort = models.CharField(max_length=10, choices=ACTORSOORTEN, blank=True)
    besluiter_id = models.BigIntegerField(null=True)
    besluiter_naam = models.CharField(max_length=60, blank=True)
    besluiter_namens_id = models.BigIntegerField(null=True)
    besluiter_adres = models.GenericIPAddressField(null=True)
    besluiter_reden = models.TextField(blank=True)

    objects = VoorstelQuerySet.as_manager()

    class Meta:
        verbose_name = "voorstel"
        verbose_name_plural = "voorstellen"
        indexes = [
            models.Index(fields=["verloopt_op"], name="voorstel_open", condition=Q(staat="open")),
            models.Index(fields=["organisatie_id", "soort", "-id"], name="voorstel_organisatie"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sleutel"], name="voorstel_een_open", condition=Q(staat="open")),
            models.CheckConstraint(name="voorstel_termijn", condition=Q(verloopt_op__gt=F("gemaakt_op"))),
            models.CheckConstraint(name="voorstel_besloten", condition=Q(staat="open", besloten_op=None) | _closed()),
            models.CheckConstraint(name="voorstel_twee_personen", condition=~Q(staat__in=_BESLOTEN) | _two_persons()),
        ]

    def __str__(self) -> str:
        return f"{self.soort} {self.pk} ({self.staat})"

    @property
    def voorsteller(self) -> Actor:
        """Who proposed it."""
        return self._actor("voorsteller")

    @property
    def besluiter(self) -> Actor | None:
        """Who decided it, withdrew it or let it expire; None while it is open."""
        return self._actor("besluiter") if self.besluiter_soort else None

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be decided."""
        return self.staat == self.Staat.OPEN and now < self.verloopt_op

    def _actor(self, rol: str) -> Actor:
        return Actor(
            ActorSoort(getattr(self, f"{rol}_soort")),
            id=getattr(self, f"{rol}_id"),
            naam=getattr(self, f"{rol}_naam"),
            namens=getattr(self, f"{rol}_namens_id"),
            adres=getattr(self, f"{rol}_adres"),
            reden=getattr(self, f"{rol}_reden"),
        )
