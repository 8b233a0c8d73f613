"""Who can log in as what, as it stands in the database now: what the demo prints when it starts."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Account, Organisatie
from beheer.rules.trechter import KAN_INLOGGEN, Stand
from beheer.services.standen import Gebruikersstand, read_standen
from mijnduo.voorbeelden.laden import read_json
from mijnduo.voorbeelden.staf import STAF, WACHTWOORD

UITLEG = """
Inloggen          Ga naar het portaal en kies bij de makelaar een persona: alles is daar al ingevuld.
Zelf koppelen     Log in als Jolanda de Vries bij Basisschool De Vlieger, ga naar Gebruikers en vraag voor Noor Hendriks
                  de activatiecode aan. Lees de code in het postvak. Log uit, en log in als haar persona.
Zelf aanmelden    Log in als Karin Visser en meld Lotte Brouwer aan. Doe daarna hetzelfde met haar persona.
Medewerkers DUO   {staf}, wachtwoord: {wachtwoord}. De code staat op de pagina Sleutel."""


def describe(*, personas: Mapping[str, str], now: datetime) -> str:
    """A line for each account of the sample organisaties, and how to begin. personas: id → its name at the makelaar."""
    personen = {(row["organisatie"], row["email"]): row for row in read_json("gebruikers")}
    lines = ["Wie kan inloggen als wat:"]
    for row in read_json("organisaties"):
        organisatie = Organisatie.objects.get(code_soort=row["code_soort"], code=row["code"])
        lines.append(f"\n{organisatie.naam} (KVK {organisatie.kvk_nummer})")
        accounts = list(Account.objects.of_organisatie(organisatie).order_by("achternaam", "voornaam", "id"))
        for stand in read_standen(accounts, organisatie, now):
            persoon = personen.get((row["sleutel"], stand.account.email), {})
            lines.append(_line(stand, personas.get(persoon.get("persona", ""), "")))
        if not accounts:
            lines.append("  Nog geen beheerder: DUO kan er een aanmelden.")
    return "\n".join([*lines, UITLEG.format(staf=" of ".join(STAF), wachtwoord=WACHTWOORD)])


def _line(stand: Gebruikersstand, persona: str) -> str:
    """Name, what she is, and where she stands; who still has to link also reads the gebruikersnaam of the letter."""
    remarks = [f"{stand.naam} ({stand.toelichting})"]
    if stand.stand not in KAN_INLOGGEN | {Stand.BEEINDIGD}:
        remarks.append(f"gebruikersnaam {stand.account.gebruikersnaam}")
        if persona:
            remarks.append(f"persona {persona}")
    soort = "beheerder" if stand.is_beheerder else "gebruiker"
    return f"  {stand.account.get_full_name():<22}{soort:<11}{', '.join(remarks)}"
