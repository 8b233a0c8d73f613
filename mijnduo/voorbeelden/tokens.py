"""The tokens of the demo (R14, R15): one that works, and one of somebody who left. The page Sleutel is the device."""

from datetime import datetime
from typing import Final

from accounts.models import Account
from planning.models import Token
from planning.services.tokens import issue_token
from verantwoording.rules import Actor

GEHEIM: Final = "NVUWU3RAMR2W6IDEMVWW6IDUN5VWK3RB"
WACHTWOORD: Final = "token over de brug"  # printed at every start, for this demo only


def give_token(*, account: Account, serienummer: str, actor: Actor, now: datetime) -> None:
    """The token that somebody got before 2022."""
    issue_token(account=account, serienummer=serienummer, wachtwoord=WACHTWOORD, geheim=GEHEIM, actor=actor, now=now)


def tokens_in_use() -> dict[int, Token]:
    """Of the accounts (ids) that can still log in with a token: that token."""
    rows = Token.objects.filter(ingetrokken_op=None, account__beeindigd_op=None).select_related("account")
    return {row.account_id: row for row in rows}


def label_of(token: Token) -> str:
    """What stands on the device."""
    return f"{str(token).capitalize()} van {token.account}"
