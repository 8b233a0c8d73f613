from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.rules import KENMERKSOORTEN
from verantwoording.rules import Bewaarregel


def live(now: datetime, prefix: str = "") -> Q:
    """Rows with a period (van, tot) that holds at `now` (D20)."""
    return Q(**{f"{prefix}van__lte": now}) & (Q(**{f"{prefix}tot__isnull": True}) | Q(**{f"{prefix}tot__gt": now}))


def period_runs_forward(name: str) -> models.CheckConstraint:
    """A period never ends before it begins."""
    return models.CheckConstraint(name=name, condition=Q(tot__isnull=True) | Q(tot__gte=F("van")))


class Sector(models.Model):
    """What a visitor picks before logging in; it only sets words and contact on the page."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(unique=True)
    naam = models.CharField(max_length=80)
    toelichting = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    volgorde = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "sector"
        verbose_name_plural = "sectoren"
        ordering = ["volgorde", "naam"]

    def __str__(self) -> str:
        return self.naam


class Soort(models.Model):
    """One of the 18 kinds of organisatie in the planning table (S0)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(unique=True)
    naam = models.CharField(max_length=80)
    sector = models.ForeignKey(Sector, on_delete=models.PROTECT, related_name="soorten")
    code_soort = models.CharField("soort code", max_length=20, blank=True, help_text="Leeg: DUO geeft zelf een nummer")

    class Meta:
        verbose_name = "soort organisatie"
        verbose_name_plural = "soorten organisatie"
        ordering = ["naam"]

    def __str__(self) -> str:
        return self.naam


class Organisatie(models.Model):
    """A business customer of DUO (D3). Unique by code; the KvK number is not: a school and its board can share one."""

    bewaarregel: ClassVar = Bewaarregel(
        "Weten wie namens de organisatie mag beslissen.", "7 jaar", "het einde van de organisatie"
    )

    class CodeSoort(models.TextChoices):
        BRIN = "brin", "instellingscode (BRIN)"
        BESTUURSNUMMER = "bestuursnummer", "bestuursnummer"
        GEMEENTECODE = "gemeentecode", "gemeentecode"
        EIGEN = "eigen", "eigen nummer van DUO"

    naam = models.CharField(max_length=200)
    code_soort = models.CharField("soort code", max_length=20, choices=CodeSoort)
    code = models.CharField(max_length=20)
    kvk_nummer = models.CharField("KVK-nummer", max_length=8, db_index=True)
    soorten = models.ManyToManyField(Soort, related_name="organisaties")
    straat = models.CharField("straat en huisnummer", max_length=120, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    plaats = models.CharField(max_length=80, blank=True)
    bevoegd_gezag_naam = models.CharField("naam bevoegd gezag", max_length=120)
    bevoegd_gezag_functie = models.CharField("functie bevoegd gezag", max_length=120, blank=True)
    bevoegd_gezag_email = models.EmailField("e-mailadres bevoegd gezag")
    gemaakt_op = models.DateTimeField()
    beeindigd_op = models.DateTimeField("beëindigd op", null=True, blank=True)
    versie = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "organisatie"
        verbose_name_plural = "organisaties"
        ordering = ["naam", "id"]
        constraints = [
            models.UniqueConstraint(fields=["code_soort", "code"], name="organisatie_uniek_op_code"),
            models.CheckConstraint(name="organisatie_kvk_8_cijfers", condition=Q(kvk_nummer__regex=r"^[0-9]{8}$")),
        ]

    def __str__(self) -> str:
        return f"{self.naam} ({self.code})"


def _well_formed() -> Q:
    """The form that belongs to each kind of kenmerk, as the database checks it."""
    condition = Q()
    for sleutel, kenmerksoort in KENMERKSOORTEN.items():
        condition |= Q(soort=sleutel, waarde__regex=f"^{kenmerksoort.patroon}$")
    return condition


class Kenmerk(models.Model):
    """For which object somebody may act: a BRIN, a bestuursnummer, … (their form: `rules.KENMERKSOORTEN`)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    soort = models.CharField(max_length=40, choices=[(key, value.naam) for key, value in KENMERKSOORTEN.items()])
    waarde = models.CharField(max_length=20)
    naam = models.CharField(max_length=200, blank=True)
    kvk_vestigingsnummer = models.CharField("KVK-vestigingsnummer", max_length=12, blank=True)

    class Meta:
        verbose_name = "kenmerk"
        verbose_name_plural = "kenmerken"
        ordering = ["soort", "waarde"]
        constraints = [
            models.UniqueConstraint(fields=["soort", "waarde"], name="kenmerk_uniek"),
            models.CheckConstraint(name="kenmerk_vorm", condition=_well_formed()),
            models.CheckConstraint(
                name="kenmerk_vestiging_12_cijfers",
                condition=Q(kvk_vestigingsnummer="") | Q(kvk_vestigingsnummer__regex=r"^[0-9]{12}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.waarde} {self.naam}".strip()


class OrganisatieKenmerk(models.Model):
    """Whose a kenmerk is, from–to (D3): one BRIN can belong to school and board, mergers are rows."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    organisatie = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="organisatiekenmerken")
    kenmerk = models.ForeignKey(Kenmerk, on_delete=models.PROTECT, related_name="organisatiekenmerken")
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "kenmerk van een organisatie"
        verbose_name_plural = "kenmerken van organisaties"
        constraints = [
            models.UniqueConstraint(
                fields=["organisatie", "kenmerk"], name="organisatiekenmerk_een_lopend", condition=Q(tot__isnull=True)
            ),
            period_runs_forward("organisatiekenmerk_periode"),
        ]

    def __str__(self) -> str:
        return f"{self.kenmerk} bij {self.organisatie}"


class Machtiging(models.Model):
    """One organisatie lets another act for it (R30): its parties and its period."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    class Soort(models.TextChoices):
        VERWERKING = "verwerking", "Machtiging verwerking door derden"
        INBURGERING = "inburgering", "Verklaring uitbesteding uitvoering Wet inburgering"

    verlener = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="verleende_machtigingen")
    gemachtigde = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="gekregen_machtigingen")
    soort = models.CharField(max_length=20, choices=Soort)
    van = models.DateTimeField()
    tot = models.DateTimeField()

    class Meta:
        verbose_name = "machtiging"
        verbose_name_plural = "machtigingen"
        constraints = [
            period_runs_forward("machtiging_periode"),
            models.CheckConstraint(name="machtiging_twee_partijen", condition=~Q(verlener=F("gemachtigde"))),
        ]

    def __str__(self) -> str:
        return f"{self.verlener} machtigt {self.gemachtigde}"

    @property
    def laatste_dag(self) -> date:
        """The last day, in Amsterdam, on which it holds."""
        return timezone.localdate(self.tot - timedelta(microseconds=1))
