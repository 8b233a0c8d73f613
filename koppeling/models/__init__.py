from koppeling.models.eherkenning import AssertieClaim, EherkenningTest, GeparkeerdeLogin, HMMetadata, Incident
from koppeling.models.koppeling import Activatiecode, CodeAanvraag, Koppeling, KoppelingQuerySet, Middel
from koppeling.models.pogingen import Spoor, Teller
from koppeling.models.teksten import Handleiding, HandleidingQuerySet, TekstVersie

__all__ = [
    "Activatiecode",
    "AssertieClaim",
    "CodeAanvraag",
    "EherkenningTest",
    "GeparkeerdeLogin",
    "HMMetadata",
    "Handleiding",
    "HandleidingQuerySet",
    "Incident",
    "Koppeling",
    "KoppelingQuerySet",
    "Middel",
    "Spoor",
    "TekstVersie",
    "Teller",
]
