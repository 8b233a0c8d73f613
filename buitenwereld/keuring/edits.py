"""Ways to change a good message before or after it is signed, shared by the cases."""

from collections.abc import Callable, Sequence
from copy import deepcopy

from lxml.etree import _Element

from buitenwereld.keuring.bouwstenen import DECLARED, Toneel, element, find
from buitenwereld.keuring.geval import Geval, Verwacht
from buitenwereld.keuring.vervalsing import Plan

SUBJECT = "saml:Subject"
CONFIRMATION = f"{SUBJECT}/saml:SubjectConfirmation"


def set_attribute(path: str, name: str, value: str | None) -> Callable[[_Element], None]:
    """Set an attribute on the element at the path ("." is the node itself), or remove it."""

    def edit(node: _Element) -> None:
        found = node if path == "." else find(node, path)
        if value is None:
            del found.attrib[name]
        else:
            found.set(name, value)

    return edit


def drop(path: str) -> Callable[[_Element], None]:
    """Remove the element at the path."""

    def edit(node: _Element) -> None:
        found = find(node, path)
        parent = found.getparent()
        if parent is not None:
            parent.remove(found)

    return edit


def double(path: str) -> Callable[[_Element], None]:
    """Let the element at the path stand there twice."""

    def edit(node: _Element) -> None:
        found = find(node, path)
        found.addnext(deepcopy(found))

    return edit


def signed(edit: Callable[[_Element], object]) -> Callable[[Toneel], Plan]:
    """An assertion that was changed before the makelaar signed it."""
    return lambda _: Plan(edit_assertion=edit)


def plan(**stated: object) -> Callable[[Toneel], Plan]:
    """A Plan with these fields, the same on every stage."""
    return lambda _: Plan(**stated)  # type: ignore[arg-type]  # the fields of Plan, by name


def add(path: str, write: Callable[[Toneel], str]) -> Callable[[Toneel], Plan]:
    """An extra element, written as XML, at the end of the one at the path."""

    def make(toneel: Toneel) -> Plan:
        def edit(node: _Element) -> None:
            find(node, path).append(element(f"<x {DECLARED}>{write(toneel)}</x>")[0])

        return Plan(edit_assertion=edit)

    return make


def familie(
    naam_familie: str,
    *rows: tuple[str, str, Callable[[Toneel], Plan | _Element]],
    verwacht: Verwacht = Verwacht.GEWEIGERD,
) -> Sequence[Geval]:
    """Cases of one family: name, Dutch text, and how to make the message."""
    return [Geval(naam, naam_familie, tekst, maak, verwacht=verwacht) for naam, tekst, maak in rows]
