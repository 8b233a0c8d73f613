from typing import Final

from django.conf import settings
from django.urls import reverse

from accounts.models import Account
from koppeling.models import CodeAanvraag
from verantwoording.haken import Post

TEKST: Final = """Beste {aan},

{naam} vraagt om een activatiecode voor Mijn DUO, voor {organisatie}.

Bekijk het verzoek op {adres}
U kunt de code meteen laten versturen, op een ander moment, of het verzoek weigeren. De code is 24 uur geldig. Kies dus
een moment waarop {naam} kan koppelen.

Kent u het verzoek niet? Vraag het eerst na, en geef geen code als u twijfelt.

Mijn DUO voor zakelijke klanten
"""


def write_code_gevraagd_mail(*, aanvraag: CodeAanvraag, beheerder: Account | None) -> Post:
    """Tell a beheerder, or DUO when there is none who could help (None), that somebody asks for an activatiecode."""
    account = aanvraag.account
    if beheerder:
        path = reverse("gebruiker_code", kwargs={"pk": account.pk})
    else:
        path = reverse("admin:koppeling_codeaanvraag_change", args=[aanvraag.pk])
    return Post(
        aan=beheerder.email if beheerder else settings.MAIL_DUO,
        onderwerp=f"Verzoek om een activatiecode: {account.get_full_name()}",
        tekst=TEKST.format(
            aan=beheerder.get_full_name() if beheerder else "medewerker van DUO",
            naam=account.get_full_name(),
            organisatie=account.organisatie.naam if account.organisatie else "",
            adres=f"{settings.BASIS_URL}{path}",
        ),
    )
