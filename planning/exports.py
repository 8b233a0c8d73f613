"""The planning as plain text and as calendar file (R26)."""

from collections.abc import Iterator
from datetime import timedelta
from textwrap import fill

from django.conf import settings
from icalendar import Calendar, Event

from planning.rules import Los, Planning, Regel, read_moment

BREEDTE = 78


def in_words(regel: Regel) -> list[str]:
    """What a row says of the message and of the obligation, one sentence each."""
    zinnen = []
    if regel.bericht_stand:
        stand = "wordt nog verwacht" if regel.bericht_stand == "verwacht" else "is ontvangen"
        zinnen.append(f"Bericht over de overstap: {regel.bericht or 'moment niet genoemd'} ({stand}).")
    if regel.verplicht:
        voor = f", voor {regel.verplicht_voor}" if regel.verplicht_voor else ""
        zinnen.append(f"eHerkenning verplicht: {regel.verplicht}{voor}.")
    return [*zinnen, regel.toelichting] if regel.toelichting else zinnen


def as_text(planning: Planning) -> str:
    """The planning as plain text: readable anywhere, also read aloud."""
    lines = ["PLANNING VAN DE OVERSTAP NAAR EHERKENNING", ""]
    soort = ""
    for regel in planning.regels:
        if regel.soort_naam != soort:
            soort = regel.soort_naam
            lines += [soort, "-" * len(soort)]
        lines += [regel.portaal, *(_wrap(zin, "  ") for zin in in_words(regel)), ""]
    if not planning.regels:
        lines += ["Er is geen regel die hierbij past.", ""]
    if planning.momenten:
        lines += ["ANDERE MOMENTEN", ""]
        for los in planning.momenten:
            lines += [los.moment, _wrap(los.omschrijving, "  "), _wrap(f"Bron: {los.bron}", "  "), ""]
    return "\n".join(lines)


def _wrap(tekst: str, inspringing: str) -> str:
    return fill(tekst, BREEDTE, initial_indent=inspringing, subsequent_indent=inspringing)


def as_calendar(planning: Planning) -> bytes:
    """The planning as calendar file. Only what is printed as a day or a month can be an event; the rest has no date."""
    calendar = Calendar()
    calendar.add("prodid", "-//Mijn DUO//Planning//NL")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Overstap naar eHerkenning")
    for event in _events(planning):
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(planning: Planning) -> Iterator[Event]:
    for regel in planning.regels:
        for feit, tekst, titel in (
            ("bericht", regel.bericht, "Bericht over de overstap"),
            ("verplicht", regel.verplicht, "eHerkenning verplicht"),
        ):
            event = _event(regel, f"{regel.nummer}-{feit}", tekst, f"{titel}: {regel.soort_naam}, {regel.portaal}")
            if event is not None:
                event.add("description", " ".join(in_words(regel)))
                yield event
    for los in planning.momenten:
        event = _event(los, los.sleutel, los.moment, los.omschrijving)
        if event is not None:
            event.add("description", f"{los.moment}. {los.omschrijving} Bron: {los.bron}.")
            yield event


def _event(row: Regel | Los, uid: str, tekst: str, titel: str) -> Event | None:
    moment = read_moment(tekst)
    if moment.eerste is None or moment.laatste is None:
        return None
    event = Event()
    event.add("uid", f"planning-{uid}@{settings.ALLOWED_HOSTS[0]}")
    event.add("dtstamp", row.gewijzigd_op)
    event.add("dtstart", moment.eerste)
    event.add("dtend", moment.laatste + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("summary", titel)
    return event
