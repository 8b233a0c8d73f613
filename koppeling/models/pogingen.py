"""What a try leaves behind: counts against guessing, and traces for signalen."""

from typing import ClassVar

from django.db import models

from accounts.models import Account
from koppeling.models.koppeling import Middel
from verantwoording.rules import Bewaarregel


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
