"""What an organisatie prepares before it moves (R28). Pure."""

from typing import Final

PUNTEN: Final = {
    "coordinator": "Wie coördineert de overstap?",
    "eherkenning": "Gebruikt uw organisatie al eHerkenning?",
    "machtigingenbeheerder": "Is er een machtigingenbeheerder?",
    "toegang": "Wie moet toegang krijgen?",
    "geinformeerd": "Weten de gebruikers wat zij moeten doen?",
    "niveau": "Hebben de middelen niveau EH3 en de machtiging voor Mijn DUO?",
    "levertijd": "Wanneer zijn de middelen er?",
}
"""The points of the list, in the order in which they are done: the name of a field → the question."""


def is_done(waarde: str) -> bool:
    """Whether a point is settled: there is an answer, and it is not no."""
    return waarde not in {"", "nee"}
