"""A middel, its koppeling with an account, and the code that it takes."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Organisatie
from koppeling.models.teksten import TekstVersie
from koppeling.rules import Reden
from verantwoording.rules import Bewaarregel


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
