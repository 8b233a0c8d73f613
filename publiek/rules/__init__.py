"""What of the public pages is fixed. Pure: no Django, no clock, no settings."""

from datetime import timedelta
from typing import Final

EIGEN_ADRES: Final = {
    "begin": "begin",
    "bewaartermijnen": "bewaartermijnen",
    "contact": "contact",
    "feedback": "feedback",
    "gebruikersvoorwaarden": "gebruikersvoorwaarden",
    "nieuwsbrieven": "nieuwsbrieven",
    "planning": "planning",
    "privacy": "privacy",
    "problemen-met-inloggen": "problemen_met_inloggen",
    "wat-heb-ik-nodig": "wat_heb_ik_nodig",
}
"""Pages of which a part is made by the portal itself: sleutel → name of their address. Staff keep the rest of it."""

SECURITY_TXT_GELDIG: Final = timedelta(days=180)
"""How long an answer of security.txt may be relied on: counted from the moment at which it is asked (RFC 9116)."""

BEVESTIGEN_BINNEN: Final = timedelta(days=7)
"""How long the link works that confirms a newsletter (R31)."""

BEVESTIGINGEN_PER_DAG: Final = 3
"""Mails that ask one address to confirm: more would let anybody flood a stranger's mailbox from here."""
