"""The demo's two members of DUO staff, and the page of the outside world that shows their codes and those of tokens."""

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from accounts.models import Account
from accounts.services.staf import register_staf
from mijnduo.voorbeelden.tokens import label_of, tokens_in_use
from verantwoording.rules import Actor, ActorSoort

STAF: Final = {"dana.duo": ("Dana", "Hoekstra"), "bram.duo": ("Bram", "Postma")}
WACHTWOORD: Final = "regenboog boven de demo"  # printed at every start, for this demo only


def load_staf(*, now: datetime) -> list[Account]:
    """Make both members of staff: two, because what takes two persons must be possible (R01, R19)."""
    staf = []
    for gebruikersnaam, (voornaam, achternaam) in STAF.items():
        account = register_staf(
            gebruikersnaam=gebruikersnaam,
            voornaam=voornaam,
            achternaam=achternaam,
            email=f"{gebruikersnaam}@mijnduo.example",
            wachtwoord=WACHTWOORD,
            groep="DUO beheer",
            actor=Actor(ActorSoort.TAAK, naam="laad_voorbeelden"),
            now=now,
        )
        TOTP.activate(account, generate_totp_secret())
        staf.append(account)
    return staf


def write_sleutels(path: Path) -> None:
    """Put the secrets of staff and of tokens that work into the authenticator's file; what else is in it stays."""
    sleutels = json.loads(path.read_text("utf-8")) if path.exists() else {}
    labels = {staf.pk: staf.gebruikersnaam for staf in Account.objects.filter(gebruikersnaam__in=STAF)}
    labels |= {account: label_of(token) for account, token in tokens_in_use().items()}
    for row in Authenticator.objects.filter(user__in=labels, type=Authenticator.Type.TOTP):
        sleutels[labels[row.user_id]] = get_adapter().decrypt(row.data["secret"])
    draft = path.with_name(f".{path.name}.nieuw")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(sleutels, ensure_ascii=False, indent=2), "utf-8")
    draft.replace(path)
