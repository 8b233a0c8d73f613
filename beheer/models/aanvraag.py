from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, Organisatie
from autorisatie.models import Beheerdersrol
from verantwoording.rules import Bewaarregel


class Aanvraag(models.Model):
    """The form "Aanmelding en wijziging beheerder Mijn DUO" (R01), as it was filled in or as staff entered it.

    `organisatie` is filled when the codes are those of a running organisatie: then only its bevoegd gezag on record can
    confirm. Who entered and who decided stands in its Voorstel (D22), whose object_id it is.
    """

    bewaarregel: ClassVar = Bewaarregel("Een beheerder aanstellen, wijzigen of intrekken.", "2 jaar", "het besluit")

    class Soort(models.TextChoices):
        AANMELDEN = "aanmelden", "een beheerder aanmelden"
        WIJZIGEN = "wijzigen", "wijzigen wat een beheerder mag uitdelen"
        INTREKKEN = "intrekken", "een beheerder intrekken"

    class Staat(models.TextChoices):
        ONBEVESTIGD = "onbevestigd", "wacht op bevestiging door het bevoegd gezag"
        INGEDIEND = "ingediend", "wacht op een besluit van DUO"
        TOEGEKEND = "toegekend", "goedgekeurd door DUO"
        AFGEWEZEN = "afgewezen", "afgewezen door DUO"
        INGETROKKEN = "ingetrokken", "tegengehouden door het bevoegd gezag"
        VERVALLEN = "vervallen", "vervallen: er is niet op tijd bevestigd of besloten"

    class Bron(models.TextChoices):
        FORMULIER = "formulier", "ingevuld op de website"
        PAPIER = "papier", "op papier, ingevoerd door DUO"

    referentie = models.CharField(max_length=14, unique=True)
    soort = models.CharField(max_length=10, choices=Soort)
    staat = models.CharField(max_length=12, choices=Staat, default=Staat.ONBEVESTIGD)
    bron = models.CharField("hoe ingediend", max_length=10, choices=Bron, default=Bron.FORMULIER)
    organisatie = models.ForeignKey(
        Organisatie, on_delete=models.PROTECT, related_name="aanvragen", null=True, blank=True
    )
    organisatie_naam = models.CharField("naam organisatie", max_length=200)
    code_soort = models.CharField("soort code", max_length=20, choices=Organisatie.CodeSoort, blank=True)
    code = models.CharField(max_length=20, blank=True)
    kvk_nummer = models.CharField("KVK-nummer", max_length=8)
    gezag_naam = models.CharField("naam bevoegd gezag", max_length=120)
    gezag_functie = models.CharField("functie bevoegd gezag", max_length=120, blank=True)
    gezag_email = models.EmailField("opgegeven e-mailadres bevoegd gezag")
    voornaam = models.CharField(max_length=80)
    tussenvoegsel = models.CharField(max_length=20, blank=True)
    achternaam = models.CharField(max_length=120)
    email = models.EmailField("e-mailadres")
    telefoon = models.CharField(max_length=20, blank=True)
    functie = models.CharField(max_length=120, blank=True)
    werkgever = models.CharField(max_length=200, blank=True)
    beheerdersrollen = models.ManyToManyField(Beheerdersrol, related_name="aanvragen", blank=True)
    nood_tot = models.DateField("noodbeheerder tot en met", null=True, blank=True)
    opvolger_van = models.CharField("volgt op", max_length=200, blank=True)
    toelichting = models.CharField(max_length=400, blank=True)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, related_name="aanvragen", null=True, blank=True)
    gemaakt_op = models.DateTimeField()
    bevestigd_op = models.DateTimeField(null=True, blank=True)
    besloten_op = models.DateTimeField(null=True, blank=True)
    geldig_tot = models.DateTimeField(help_text="Tot wanneer kan worden bevestigd, en daarna: besloten")
    bewaard_tot = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = "aanvraag voor een beheerder"
        verbose_name_plural = "aanvragen voor beheerders"
        constraints = [
            models.CheckConstraint(
                name="aanvraag_besloten_heeft_moment",
                condition=~Q(staat__in=["toegekend", "afgewezen"]) | Q(besloten_op__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_soort_display()} ({self.organisatie_naam})"

    @property
    def naam_beheerder(self) -> str:
        """The name of the beheerder it is about, as one reads it."""
        return " ".join(part for part in (self.voornaam, self.tussenvoegsel, self.achternaam) if part)
