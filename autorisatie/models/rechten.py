"""Who may do what, for which object: rollen, who hands them out, and their grants (R02, R20, R22, R30)."""

from datetime import date, datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Beheerderschap, Kenmerk, Machtiging, Organisatie, Soort
from accounts.models.organisatie import live, period_runs_forward
from autorisatie.rules import last_day
from verantwoording.rules import Bewaarregel


class Rol(models.Model):
    """What somebody may do (spec: words). Works only with a kenmerk of one of its kinds, when it names any (R22)."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(max_length=80, unique=True)
    naam = models.CharField(max_length=120)
    omschrijving = models.CharField(max_length=400, blank=True)
    domein = models.CharField(max_length=60)
    kenmerksoorten = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    privacygevoelig = models.BooleanField(default=True, help_text="Laat deze rol privacygevoelige gegevens zien?")
    soorten = models.ManyToManyField(Soort, related_name="rollen", blank=True)
    sluit_uit = models.ManyToManyField("self", blank=True)

    class Meta:
        verbose_name = "rol"
        verbose_name_plural = "rollen"
        ordering = ["domein", "naam"]

    def __str__(self) -> str:
        return self.naam


class Beheerdersrol(models.Model):
    """Which rollen a beheerder may hand out (R02). `alle_rollen` is the beheerder without a limit."""

    bewaarregel: ClassVar[Bewaarregel | None] = None

    sleutel = models.SlugField(max_length=80, unique=True)
    naam = models.CharField(max_length=120)
    omschrijving = models.CharField(max_length=400, blank=True)
    domein = models.CharField(max_length=60, blank=True)
    alle_rollen = models.BooleanField(default=False)
    rollen = models.ManyToManyField(Rol, related_name="beheerdersrollen", blank=True)
    omvat = models.ManyToManyField(
        "self", symmetrical=False, related_name="omvat_door", blank=True, help_text="Beheerdersrollen die erbij horen"
    )
    soorten = models.ManyToManyField(Soort, related_name="beheerdersrollen", blank=True)

    class Meta:
        verbose_name = "beheerdersrol"
        verbose_name_plural = "beheerdersrollen"
        ordering = ["naam"]

    def __str__(self) -> str:
        return self.naam


class BeheerderBevoegdheid(models.Model):
    """A beheerderschap holds a beheerdersrol, from–to (R02). Without one it hands out nothing."""

    bewaarregel: ClassVar = Bewaarregel("Weten wat een beheerder mocht uitdelen.", "7 jaar", "het einde ervan")

    beheerderschap = models.ForeignKey(Beheerderschap, on_delete=models.PROTECT, related_name="bevoegdheden")
    beheerdersrol = models.ForeignKey(Beheerdersrol, on_delete=models.PROTECT, related_name="bevoegdheden")
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "bevoegdheid van een beheerder"
        verbose_name_plural = "bevoegdheden van beheerders"
        constraints = [
            models.UniqueConstraint(
                fields=["beheerderschap", "beheerdersrol"], name="bevoegdheid_een_lopend", condition=Q(tot__isnull=True)
            ),
            period_runs_forward("bevoegdheid_periode"),
        ]

    def __str__(self) -> str:
        return str(self.beheerdersrol)


class Machtigingsaanbod(models.Model):
    """The life of a machtiging (R30): prepared, confirmed by the bevoegd gezag, accepted; and its scope.

    The Machtiging itself exists from the moment it is accepted, so that whatever asks for a live one finds no other.
    The scope never changes: other rollen or kenmerken are another machtiging.
    """

    bewaarregel: ClassVar = Bewaarregel("Weten wie namens wie mocht werken.", "7 jaar", "het einde ervan")

    class Stand(models.TextChoices):
        VOORBEREID = "voorbereid", "wacht op het bevoegd gezag"
        BEVESTIGD = "bevestigd", "wacht op de gemachtigde organisatie"
        AANVAARD = "aanvaard", "aanvaard"
        AFGEWEZEN = "afgewezen", "afgewezen"
        INGETROKKEN = "ingetrokken", "ingetrokken"
        VERVALLEN = "vervallen", "vervallen"

    verlener = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="aanbod_verleend")
    gemachtigde = models.ForeignKey(Organisatie, on_delete=models.PROTECT, related_name="aanbod_gekregen")
    soort = models.CharField(max_length=20, choices=Machtiging.Soort)
    van = models.DateTimeField()
    tot = models.DateTimeField()
    rollen = models.ManyToManyField(Rol, related_name="machtigingen")
    kenmerken = models.ManyToManyField(Kenmerk, related_name="machtigingen")
    stand = models.CharField(max_length=20, choices=Stand, default=Stand.VOORBEREID)
    gemaakt_op = models.DateTimeField()
    vervalt_op = models.DateTimeField(help_text="Tot dan kan de volgende stap worden gezet")
    machtiging = models.OneToOneField(Machtiging, on_delete=models.PROTECT, related_name="aanbod", null=True)

    class Meta:
        verbose_name = "aanbod van een machtiging"
        verbose_name_plural = "aanbod van machtigingen"
        constraints = [
            models.CheckConstraint(name="aanbod_periode", condition=Q(tot__gt=F("van"))),
            models.CheckConstraint(name="aanbod_twee_partijen", condition=~Q(verlener=F("gemachtigde"))),
            models.CheckConstraint(
                name="aanbod_aanvaard_is_machtiging",
                condition=Q(stand="aanvaard", machtiging__isnull=False)
                | (~Q(stand="aanvaard") & Q(machtiging__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verlener} machtigt {self.gemachtigde}"

    @property
    def laatste_dag(self) -> date:
        """The last day, in Amsterdam, that it is asked for."""
        return last_day(self.tot)


class AutorisatieQuerySet(models.QuerySet["Autorisatie"]):
    """Grants are read as they stood at a moment (D20)."""

    def live(self, now: datetime) -> Self:
        """Grants that hold at `now`; of those by machtiging only while the machtiging holds too (R30)."""
        return self.filter(live(now)).filter(Q(machtiging__isnull=True) | live(now, "machtiging__"))

    def eigen(self) -> Self:
        """Grants for the account's own organisatie, not by machtiging."""
        return self.filter(machtiging__isnull=True)

    def not_ended(self, now: datetime) -> Self:
        """Grants that hold at `now`, and those of a request that came a moment before but ended up behind this one."""
        return self.filter(Q(tot__isnull=True) | Q(tot__gt=now))


class Autorisatie(models.Model):
    """The grant of a rol to an account, from–to (D20): only the end is ever updated.

    The end may lie in the future. That somebody holds a rol once at a time, the services see to behind a lock on the
    account; the constraint holds it for grants without an end.
    With a machtiging it is for the kenmerken of who gave that, and ends with it (R30); without, for one's own.
    """

    bewaarregel: ClassVar = Bewaarregel("Weten wie wanneer wat mocht.", "7 jaar", "het einde ervan")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="autorisaties")
    rol = models.ForeignKey(Rol, on_delete=models.PROTECT, related_name="autorisaties")
    machtiging = models.ForeignKey(Machtiging, on_delete=models.PROTECT, related_name="autorisaties", null=True)
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True, blank=True)

    objects = AutorisatieQuerySet.as_manager()

    class Meta:
        verbose_name = "autorisatie"
        verbose_name_plural = "autorisaties"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "rol"],
                name="autorisatie_een_lopend",
                condition=Q(tot__isnull=True, machtiging__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["account", "rol", "machtiging"],
                name="autorisatie_een_lopend_per_machtiging",
                condition=Q(tot__isnull=True, machtiging__isnull=False),
            ),
            period_runs_forward("autorisatie_periode"),
        ]

    def __str__(self) -> str:
        return f"{self.rol}"

    @property
    def laatste_dag(self) -> date | None:
        """The last Amsterdam day on which it holds; None without an end."""
        return last_day(self.tot) if self.tot else None


class AutorisatieKenmerkQuerySet(models.QuerySet["AutorisatieKenmerk"]):
    """The kenmerken of grants."""

    def not_ended(self, now: datetime) -> Self:
        """Those of which the end has not come, as `AutorisatieQuerySet.not_ended`."""
        return self.filter(Q(tot__isnull=True) | Q(tot__gt=now))


class AutorisatieKenmerk(models.Model):
    """A kenmerk for which a grant holds, from–to (D20). It may end before the grant does."""

    bewaarregel: ClassVar = Bewaarregel("Weten waarvoor iemand wat mocht.", "7 jaar", "het einde ervan")

    autorisatie = models.ForeignKey(Autorisatie, on_delete=models.PROTECT, related_name="kenmerken")
    kenmerk = models.ForeignKey(Kenmerk, on_delete=models.PROTECT, related_name="autorisatiekenmerken")
    van = models.DateTimeField()
    tot = models.DateTimeField(null=True, blank=True)

    objects = AutorisatieKenmerkQuerySet.as_manager()

    class Meta:
        verbose_name = "kenmerk van een autorisatie"
        verbose_name_plural = "kenmerken van autorisaties"
        constraints = [
            models.UniqueConstraint(
                fields=["autorisatie", "kenmerk"],
                name="autorisatiekenmerk_een_lopend",
                condition=Q(tot__isnull=True),
            ),
            period_runs_forward("autorisatiekenmerk_periode"),
        ]

    def __str__(self) -> str:
        return str(self.kenmerk)
