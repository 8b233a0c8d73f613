"""Who can log in as what, as it stands in the database now: what the demo prints when it starts."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Account, Organisatie
from beheer.rules.trechter import KAN_INLOGGEN, Stand
from beheer.services.standen import Gebruikersstand, read_standen
from mijnduo.voorbeelden.laden import read_json
from mijnduo.voorbeelden.staf import STAF, WACHTWOORD
from mijnduo.voorbeelden.tokens import WACHTWOORD as TOKENWACHTWOORD
from mijnduo.voorbeelden.tokens import tokens_in_use
from planning.models import Token

UITLEG = """
Inloggen          Ga naar het portaal en kies bij de makelaar een persona: alles is daar al ingevuld.
Zelf koppelen     Log in als Jolanda de Vries bij Basisschool De Vlieger, ga naar Gebruikers en vraag voor Noor Hendriks
                  de activatiecode aan. Lees de code in het postvak. Log uit, en log in als haar persona.
Zelf aanmelden    Log in als Karin Visser en meld Lotte Brouwer aan. Doe daarna hetzelfde met haar persona.
Veel tegelijk     Log in als Jolanda de Vries bij Basisschool De Vlieger, ga naar Gebruikers en naar Aanmelden met een
                  bestand. Daar staat een dag lang een bestand klaar, waarvan drie rijen niet kloppen.
Met een token     Kies bij Inloggen Gemeenten, en dan 'Log in met uw token'. Het wachtwoord is: {tokenwachtwoord}.
                  De code staat op de pagina Sleutel. Koppel daarna als de persona die erbij staat.
Medewerkers DUO   {staf}, wachtwoord: {wachtwoord}. De code staat op de pagina Sleutel."""


def describe(*, personas: Mapping[str, str], now: datetime) -> str:
    """A line for each account of the sample organisaties, and how to begin. personas: id → its name at the makelaar."""
    personen = {(row["organisatie"], row["email"]): row for row in read_json("gebruikers")}
    lines = ["Wie kan inloggen als wat:"]
    tokens = tokens_in_use()
    for row in read_json("organisaties"):
        organisatie = Organisatie.objects.get(code_soort=row["code_soort"], code=row["code"])
        lines.append(f"\n{organisatie.naam} (KVK {organisatie.kvk_nummer})")
        accounts = list(Account.objects.of_organisatie(organisatie).order_by("achternaam", "voornaam", "id"))
        for stand in read_standen(accounts, organisatie, now):
            persoon = personen.get((row["sleutel"], stand.account.email), {})
            persona = personas.get(persoon.get("persona", ""), "")
            lines.append(_line(stand, persona, tokens.get(stand.account.pk)))
        if not accounts:
            lines.append("  Nog geen beheerder: DUO kan er een aanmelden.")
    uitleg = UITLEG.format(staf=" of ".join(STAF), wachtwoord=WACHTWOORD, tokenwachtwoord=TOKENWACHTWOORD)
    return "\n".join([*lines, uitleg])


def _line(stand: Gebruikersstand, persona: str, token: Token | None) -> str:
    """Name, what she is, and where she stands; who still has to link also reads the gebruikersnaam of the letter."""
    remarks = [f"{stand.naam} ({stand.toelichting})"]
    if stand.stand not in KAN_INLOGGEN | {Stand.BEEINDIGD}:
        remarks.append(f"gebruikersnaam {stand.account.gebruikersnaam}")
        if persona:
            remarks.append(f"persona {persona}")
    if token:
        remarks.append(str(token))
    soort = "beheerder" if stand.is_beheerder else "gebruiker"
    return f"  {stand.account.get_full_name():<22}{soort:<11}{', '.join(remarks)}"
