from autorisatie.models.mededelingen import Mededeling, MededelingGelezen, Onderhoud
from autorisatie.models.portalen import Onderwerp, Portaal, Taak, Taakgebruik, TaakRol
from autorisatie.models.rechten import (
    Autorisatie,
    AutorisatieKenmerk,
    BeheerderBevoegdheid,
    Beheerdersrol,
    Machtigingsaanbod,
    Rol,
)

__all__ = [
    "Autorisatie",
    "AutorisatieKenmerk",
    "BeheerderBevoegdheid",
    "Beheerdersrol",
    "Machtigingsaanbod",
    "Mededeling",
    "MededelingGelezen",
    "Onderhoud",
    "Onderwerp",
    "Portaal",
    "Rol",
    "Taak",
    "TaakRol",
    "Taakgebruik",
]
