"""DUO staff at a browser: with a second factor of their own, and nothing without it (R32)."""

import time
from collections.abc import Mapping

import pyotp

from tests.browser.stack import WACHTWOORD, Stack
from tests.browser.visitor import Visitor


def let_staff_in(stack: Stack, staf: Mapping[str, Visitor]) -> None:
    """Each, by name: password, an authenticator app of her own, and a code of it: less opens nothing (R32)."""
    used = {naam: _set_app(stack, naam, somebody) for naam, somebody in staf.items()}
    for naam, somebody in staf.items():
        app, code = used[naam]
        while app.now() == code:  # a code works once
            time.sleep(0.5)
        somebody.goto("/duo-beheer/")
        assert somebody.heading == "Bent u het nog?"
        somebody.fill(code=app.now())
        somebody.press("Bevestigen")
        somebody.reads("Organisaties", "Accounts")


def _set_app(stack: Stack, naam: str, somebody: Visitor) -> tuple[pyotp.TOTP, str]:
    """Log in for the first time and set the app, which says the codes from then on; and the code that was used."""
    voornaam, achternaam = naam.title().split(".")
    name = ["--voornaam", voornaam, "--achternaam", achternaam, "--email", f"{voornaam.lower()}@mijnduo.example"]
    stack.manage("maak_medewerker", naam, *name)
    somebody.goto("/duo-beheer/")
    somebody.fill(login=naam, password=WACHTWOORD)
    somebody.press("Verder")
    somebody.fill(password=WACHTWOORD)
    somebody.press("Bevestigen")
    app = pyotp.TOTP(somebody.page.locator("#sleutel").inner_text())
    code = app.now()
    somebody.fill(code=code)
    somebody.press("App instellen")
    return app, code
