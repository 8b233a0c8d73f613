from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from koppeling.eherkenning.catalogus import Dienst, service_catalogue
from koppeling.eherkenning.config import ConfiguratieFout
from koppeling.services.eherkenning import (
    EherkenningOnbeschikbaarError,
    describe_dienstverlener,
    load_eherkenning,
)


class Command(BaseCommand):
    """Our entry in the dienstencatalogus, by the settings of the metadata: for the makelaar, who publishes it."""

    help = "Schrijft onze regel in de dienstencatalogus van eHerkenning, ondertekend, naar de standaarduitvoer."

    def handle(self, *args: Any, **options: Any) -> None:
        dienst = Dienst(
            omschrijving="Zaken doen met DUO namens een onderwijsinstelling, gemeente of andere organisatie.",
            adres=f"{settings.BASIS_URL}{reverse('inloggen')}",
            privacy=f"{settings.BASIS_URL}{reverse('privacy')}",
            bedrijfsnaam_doel="Laten zien namens welke organisatie iemand is ingelogd.",
            productie=settings.OMGEVING == "productie",
        )
        try:
            catalogus = service_catalogue(load_eherkenning(), describe_dienstverlener(), dienst, now=timezone.now())
        except ConfiguratieFout as fout:
            raise CommandError(f"De regel is niet te maken: {fout}. Controleer EHERKENNING_SERVICE_UUID.") from fout
        except EherkenningOnbeschikbaarError as fout:
            raise CommandError("Er zijn geen geldige metadata van de makelaar.") from fout
        self.stdout.write(catalogus.decode(), ending="")
