from datetime import datetime
from typing import ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.text import slugify

from accounts.models import Account, Organisatie, Sector
from koppeling.rules import Reden
from verantwoording.rules import Bewaarregel


class TekstVersie(models.Model):
    """A version of the privacyverklaring or the gebruikersvoorwaarden (R09). Never edited once somebody accepted it."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    class Soort(models.TextChoices):
        PRIVACY = "privacy", "privacyverklaring"
        VOORWAARDEN = "voorwaarden", "gebruikersvoorwaarden"

    soort = models.CharField(max_length=20, choices=Soort)
    versie = models.PositiveIntegerField()
    ingang = models.DateTimeField()
    tekst = models.TextField(
        help_text="Alinea's, gescheiden door een lege regel. Een regel die met ## begint is een kop."
    )

    class Meta:
        verbose_name = "versie van een tekst"
        verbose_name_plural = "versies van teksten"
        ordering = ["soort", "-versie"]
        constraints = [models.UniqueConstraint(fields=["soort", "versie"], name="tekstversie_uniek")]

    def __str__(self) -> str:
        return f"{self.get_soort_display()} versie {self.versie}"


class HandleidingQuerySet(models.QuerySet["Handleiding"]):
    """Manuals, by title."""

    def general(self, sector: Sector | None = None) -> Self:
        """What stands on the login page for everybody: of no sector, and of this one."""
        return self.filter(Q(sector=None) | Q(sector=sector), algemeen=True)

    def for_organisatie(self, organisatie: Organisatie) -> Self:
        """Of no sector, and of those that this organisatie is in."""
        mine = Sector.objects.filter(soorten__organisaties=organisatie)
        return self.filter(Q(sector=None) | Q(sector__in=mine))


class HandleidingManager(models.Manager["Handleiding"].from_queryset(HandleidingQuerySet)):  # type: ignore[misc]  # made by Django
    """The file is read when it is asked for, never with a list."""

    def get_queryset(self) -> HandleidingQuerySet:
        found: HandleidingQuerySet = super().get_queryset().defer("inhoud")
        return found


class Handleiding(models.Model):
    """A manual as PDF (R24). Which taken and portalen it belongs to, they say; without them only staff find it.

    The file is kept here and nowhere else, so that one backup holds all; who may have it is asked at each download.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    titel = models.CharField(max_length=120)
    versie = models.CharField(max_length=40, help_text="Zoals het op de handleiding staat, bijvoorbeeld 2.1")
    datum = models.DateField(help_text="Van deze versie")
    sector = models.ForeignKey(
        Sector, on_delete=models.PROTECT, null=True, blank=True, help_text="Leeg: voor alle sectoren"
    )
    algemeen = models.BooleanField(
        default=False, help_text="Staat op de inlogpagina. Iedereen kan de handleiding dan downloaden"
    )
    tekstversie = models.CharField(
        "adres van een tekstversie",
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^[a-z0-9.-]+\.[a-z]+(/\S*)?$", "Vul het adres in zonder https://.")],
        help_text="Een webpagina met dezelfde uitleg, zonder https://",
    )
    inhoud = models.BinaryField()
    omvang = models.PositiveIntegerField(editable=False, help_text="In bytes")

    objects = HandleidingManager()

    class Meta:
        verbose_name = "handleiding"
        verbose_name_plural = "handleidingen"
        ordering = ["titel", "-datum"]

    def __str__(self) -> str:
        return f"{self.titel}, versie {self.versie}"

    def get_absolute_url(self) -> str:
        return reverse("handleiding", args=[self.pk])

    @property
    def bestandsnaam(self) -> str:
        """The name that the download gets: of our own words, never the name that was uploaded."""
        return f"{slugify(f'{self.titel} {self.versie}') or 'handleiding'}.pdf"


class Middel(models.Model):
    """A personal eHerkenningsmiddel as we know it: pseudonym and KvK number, unique together (D2, D4)."""

    bewaarregel: ClassVar = Bewaarregel(
        "Iemand herkennen die met eHerkenning inlogt.", "24 maanden", "het einde van de laatste koppeling"
    )

    pseudoniem = models.CharField(max_length=191)
    kvk_nummer = models.CharField(max_length=8)
    gezien_op = models.DateTimeField()
    eerst_gezien_op = models.DateTimeField(null=True, db_index=True)
    gestolen_op = models.DateTimeField(null=True, blank=True)
    gestolen_door_id = models.BigIntegerField(null=True, help_text="Wie het meldde: een ander heft de blokkade op")

    class Meta:
        verbose_name = "middel"
        verbose_name_plural = "middelen"
        constraints = [
            models.UniqueConstraint(fields=["pseudoniem", "kvk_nummer"], name="middel_uniek"),
            models.CheckConstraint(name="middel_kvk_8_cijfers", condition=Q(kvk_nummer__regex=r"^[0-9]{8}$")),
        ]

    def __str__(self) -> str:
        return f"middel {self.pk}"


class KoppelingQuerySet(models.QuerySet["Koppeling"]):
    """A koppeling counts while it has not ended."""

    def live(self) -> Self:
        """Koppelingen that have not ended."""
        return self.filter(beeindigd_op__isnull=True)

    def of_middel(self, middel: Middel) -> Self:
        """The live koppelingen of a middel whose account has not been ended, with account and organisatie at hand."""
        return (
            self.live()
            .filter(middel=middel, account__beeindigd_op__isnull=True)
            .select_related("account", "organisatie", "middel")
            .order_by("organisatie__naam", "id")
        )


class Koppeling(models.Model):
    """The link between one account and one middel (D2). Rows are never deleted; an ended one stays as history.

    `vervalt_op` is the Amsterdam date of R18, computed in rules.py at each login and link. `gewaarschuwd_30_op` and
    `gewaarschuwd_7_op` say when the warnings for that date were written; a login empties them.
    """

    bewaarregel: ClassVar = Bewaarregel("Weten wie met welk middel mocht inloggen.", "24 maanden", "het einde ervan")

    middel = models.ForeignKey(Middel, on_delete=models.PROTECT, related_name="koppelingen")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="koppelingen")
    organisatie = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="koppelingen")
    sinds = models.DateTimeField()
    laatst_gebruikt = models.DateTimeField()
    vervalt_op = models.DateField()
    gewaarschuwd_30_op = models.DateTimeField(null=True)
    gewaarschuwd_7_op = models.DateTimeField(null=True)
    privacy = models.ForeignKey(TekstVersie, on_delete=models.PROTECT, related_name="+")
    voorwaarden = models.ForeignKey(TekstVersie, on_delete=models.PROTECT, related_name="+")
    akkoord_op = models.DateTimeField()
    beeindigd_op = models.DateTimeField(null=True)
    reden = models.CharField(max_length=20, blank=True, choices=[(r.value, r.value) for r in Reden])

    objects = KoppelingQuerySet.as_manager()

    class Meta:
        verbose_name = "koppeling"
        verbose_name_plural = "koppelingen"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="koppeling_een_per_account", condition=Q(beeindigd_op__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["middel", "organisatie"],
                name="koppeling_een_per_middel_en_organisatie",
                condition=Q(beeindigd_op__isnull=True),
            ),
            models.CheckConstraint(
                name="koppeling_einde_heeft_reden",
                condition=Q(beeindigd_op__isnull=True, reden="") | (Q(beeindigd_op__isnull=False) & ~Q(reden="")),
            ),
            models.CheckConstraint(name="koppeling_periode", condition=Q(laatst_gebruikt__gte=F("sinds"))),
        ]
        indexes = [
            models.Index(fields=["vervalt_op", "id"], name="koppeling_vervalt", condition=Q(beeindigd_op__isnull=True)),
            models.Index(fields=["account", "-id"], name="koppeling_account"),
        ]

    def __str__(self) -> str:
        return f"koppeling {self.pk}"


class Activatiecode(models.Model):
    """A code that was mailed: its keyed hash, never the code (R07, D10). At most one per account is open."""

    bewaarregel: ClassVar = Bewaarregel("Controleren of een activatiecode klopt.", "30 dagen", "het einde ervan")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="activatiecodes")
    hash = models.CharField(max_length=64)
    peper = models.CharField(max_length=20, help_text="Naam van de sleutel waarmee de hash is gemaakt")
    gemaakt_op = models.DateTimeField()
    geldig_tot = models.DateTimeField()
    gebruikt_op = models.DateTimeField(null=True)
    ingetrokken_op = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "activatiecode"
        verbose_name_plural = "activatiecodes"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="activatiecode_een_open",
                condition=Q(gebruikt_op__isnull=True, ingetrokken_op__isnull=True),
            ),
            models.CheckConstraint(name="activatiecode_termijn", condition=Q(geldig_tot__gt=F("gemaakt_op"))),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="activatiecode_account")]

    def __str__(self) -> str:
        return f"activatiecode {self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether this code can still be redeemed at `now`."""
        return self.gebruikt_op is None and self.ingetrokken_op is None and now <= self.geldig_tot


class CodeAanvraag(models.Model):
    """Somebody asked for an activatiecode himself, on the login page (R07). At most one per account is open.

    keer: how often he asked while it was open. Who decided, and why, stands in the log.
    """

    bewaarregel: ClassVar = Bewaarregel("Een verzoek om een activatiecode behandelen.", "30 dagen", "het verzoek")

    class Besluit(models.TextChoices):
        TOEGEKEND = "toegekend", "toegekend"
        GEWEIGERD = "geweigerd", "geweigerd"

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="codeaanvragen", verbose_name="gebruiker"
    )
    gevraagd_op = models.DateTimeField("gevraagd op", db_index=True)
    keer = models.PositiveSmallIntegerField("keer gevraagd", default=1)
    besloten_op = models.DateTimeField("besloten op", null=True)
    besluit = models.CharField(max_length=10, blank=True, choices=Besluit)

    class Meta:
        verbose_name = "verzoek om een activatiecode"
        verbose_name_plural = "verzoeken om een activatiecode"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="codeaanvraag_een_open", condition=Q(besloten_op__isnull=True)
            ),
            models.CheckConstraint(
                name="codeaanvraag_besluit",
                condition=Q(besloten_op__isnull=True, besluit="") | (Q(besloten_op__isnull=False) & ~Q(besluit="")),
            ),
        ]

    def __str__(self) -> str:
        return f"verzoek om een activatiecode {self.pk}"


class Teller(models.Model):
    """Tries for one key, as keyed hash (R10, D9): of a middel, or at a typed gebruikersnaam with the middel's KvK.

    And requests for a code, for a typed gebruikersnaam or from an address (R07).
    """

    bewaarregel: ClassVar = Bewaarregel(
        "Raden van codes en te veel verzoeken tegenhouden.", "30 dagen", "de laatste poging"
    )

    sleutel = models.CharField(max_length=64, unique=True)
    aantal = models.PositiveSmallIntegerField(default=0)
    geblokkeerd_tot = models.DateTimeField(null=True)
    laatste_op = models.DateTimeField()

    class Meta:
        verbose_name = "teller van pogingen"
        verbose_name_plural = "tellers van pogingen"

    def __str__(self) -> str:
        return f"teller {self.pk}"


class Spoor(models.Model):
    """What a letter, a try or a koppeling leaves behind, from which the signalen of beheer are read.

    Nobody reads it to let somebody in or to refuse him. account: None for a try at a name that nobody has: the work is
    the same (R10). browser: the keyed hash of the browser's id, empty without one. door_id: who made the letter, or in
    whose session somebody linked.
    """

    bewaarregel: ClassVar = Bewaarregel("Misbruik bij het koppelen opmerken.", "30 dagen", "de handeling")

    class Soort(models.TextChoices):
        BRIEF = "brief", "brief gemaakt"
        POGING = "poging", "geprobeerd te koppelen"
        KOPPELING = "koppeling", "gekoppeld"

    soort = models.CharField(max_length=10, choices=Soort)
    op = models.DateTimeField(db_index=True)
    # No constraint in the database: it would lock account and middel at every wrong try, and a right one at the same
    # moment holds those while it waits for the tries (R10): a deadlock.
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, related_name="sporen", db_constraint=False
    )
    middel = models.ForeignKey(Middel, on_delete=models.CASCADE, null=True, related_name="sporen", db_constraint=False)
    door_id = models.BigIntegerField(null=True)
    browser = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "spoor van een handeling"
        verbose_name_plural = "sporen van handelingen"

    def __str__(self) -> str:
        return f"spoor {self.pk}"


class AssertieClaim(models.Model):
    """A SAML message id that was used (D8): inserting it twice fails, also in parallel. Kept as long as need be."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.CharField(max_length=64, unique=True, help_text="SHA-256 van de uitgever en het ID")
    verloopt_op = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "gebruikt bericht van eHerkenning"
        verbose_name_plural = "gebruikte berichten van eHerkenning"

    def __str__(self) -> str:
        return f"claim {self.pk}"


class GeparkeerdeLogin(models.Model):
    """A verified login on its way from the ACS to the browser that asked (D8). Only a hash of its handle is kept."""

    bewaarregel: ClassVar = Bewaarregel("Het inloggen afmaken.", "1 dag", "het inloggen")

    handvat_hash = models.CharField(max_length=64, unique=True)
    in_response_to = models.CharField(max_length=128)
    gegevens = models.JSONField()
    verloopt_op = models.DateTimeField(db_index=True)
    gebruikt_op = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "geparkeerde login"
        verbose_name_plural = "geparkeerde logins"

    def __str__(self) -> str:
        return f"geparkeerde login {self.pk}"


class HMMetadata(models.Model):
    """A version of the makelaar's metadata that was checked and accepted; the newest of our source counts.

    Versions are never changed or deleted: they say which keys were trusted when.
    """

    bewaarregel: ClassVar[Bewaarregel | None] = None

    inhoud = models.BinaryField(help_text="Wat de handtekening dekt")
    sha256 = models.CharField(max_length=64, help_text="Van de bytes zoals de makelaar ze gaf")
    bron = models.CharField(max_length=500, help_text="EHERKENNING_HM_METADATA op dat moment")
    opgehaald_op = models.DateTimeField()
    geldig_tot = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "metadata van de makelaar"
        verbose_name_plural = "eHerkenning"
        ordering = ["-id"]
        indexes = [models.Index(fields=["bron", "-id"], name="hmmetadata_nieuwste")]

    def __str__(self) -> str:
        return f"metadata {self.pk}"


class EherkenningTest(models.Model):
    """What came of the last test of somebody's eHerkenning through his personal link (D11). No pseudonym."""

    bewaarregel: ClassVar = Bewaarregel("Zien of iemand met eHerkenning kan inloggen.", "1 jaar", "de test")

    class Uitkomst(models.TextChoices):
        GELUKT = "gelukt", "gelukt"
        NIVEAU = "niveau_te_laag", "niveau te laag"
        DIENSTMACHTIGING = "geen_dienstmachtiging", "geen machtiging voor Mijn DUO"
        ORGANISATIE = "andere_organisatie", "ingelogd voor een andere organisatie"

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="eherkenningtest")
    op = models.DateTimeField(db_index=True)
    uitkomst = models.CharField(max_length=30, choices=Uitkomst)
    niveau = models.CharField(max_length=4, blank=True)

    class Meta:
        verbose_name = "test van eHerkenning"
        verbose_name_plural = "tests van eHerkenning"

    def __str__(self) -> str:
        return f"test van eHerkenning {self.pk}"


class Incident(models.Model):
    """A burst of unknown middelen: the makelaar may be sending wrong pseudonyms. Open until DUO staff release it.

    While it is open the koppelproces waits for middelen that were first seen after `begin` and never linked, of KvK
    numbers that have linked gebruikers. Linked middelen keep working.
    """

    bewaarregel: ClassVar = Bewaarregel("Een storing bij eHerkenning achteraf uitleggen.", "7 jaar", "het vrijgeven")

    geopend_op = models.DateTimeField("geopend op")
    begin = models.DateTimeField(help_text="Middelen die daarna voor het eerst zijn gezien, wachten")
    middelen = models.PositiveIntegerField(help_text="Onbekende middelen bij het openen")
    organisaties = models.PositiveIntegerField("KVK-nummers", help_text="Van zoveel KVK-nummers")
    vrijgegeven_op = models.DateTimeField("vrijgegeven op", null=True)
    vrijgegeven_door_id = models.BigIntegerField("vrijgegeven door", null=True)
    reden = models.TextField(blank=True)

    class Meta:
        verbose_name = "incident bij eHerkenning"
        verbose_name_plural = "incidenten bij eHerkenning"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="incident_een_open", condition=Q(vrijgegeven_op__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"incident {self.pk}"
