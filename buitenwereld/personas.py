"""The people who can log in at the makelaar: each persona is one middel."""

import json
from dataclasses import dataclass
from pathlib import Path

from buitenwereld.saml import LEVELS


@dataclass(frozen=True, slots=True)
class Organisatie:
    """An organisation for which a middel may act."""

    kvk: str
    naam: str


@dataclass(frozen=True, slots=True)
class Persona:
    """One middel with its own gebruikersnaam, wachtwoord and sms-code (not those of Mijn DUO)."""

    id: str
    naam: str
    gebruikersnaam: str
    wachtwoord: str
    smscode: str
    organisaties: tuple[Organisatie, ...]
    niveau: str


def load_personas(path: Path) -> dict[str, Persona]:
    """Personas of a JSON file by id; `ValueError` with a clear sentence when the file does not fit."""
    try:
        rows = json.loads(path.read_text("utf-8"))
        personas = [
            Persona(**{**row, "organisaties": tuple(Organisatie(**item) for item in row["organisaties"])})
            for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"Het bestand met personas {path} is niet te lezen: {error}") from error
    if wrong := [p.id for p in personas if p.niveau not in LEVELS or not p.organisaties]:
        raise ValueError(f"Persona zonder geldig niveau of organisatie in {path}: {', '.join(wrong)}")
    if len({p.id for p in personas}) < len(personas) or len({p.gebruikersnaam for p in personas}) < len(personas):
        raise ValueError(f"Een id of gebruikersnaam staat dubbel in {path}")
    return {persona.id: persona for persona in personas}
