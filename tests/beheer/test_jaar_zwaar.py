"""Issue 5, D17: a year, day by day: every mail once, every lapse on its day, whatever is killed or run twice."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.models import Account, Machtiging, Organisatie
from accounts.permissions import is_beheerder
from accounts.services.accounts import appoint_beheerder
from accounts.tasks import run_contactpersonen
from autorisatie.models import Autorisatie, Machtigingsaanbod, Taak
from autorisatie.rules import MACHTIGING_BEANTWOORDEN, end_of_day
from autorisatie.services import beslis, set_autorisatie
from autorisatie.services.machtigingen import Inhoud, prepare_machtiging
from autorisatie.tasks import run_machtigingen
from autorisatie.tasks import run_opruimen as run_opruimen_autorisatie
from beheer.models import Aanvraag, Hercertificering
from beheer.rules.aanvragen import BESLUITEN_BINNEN, BEVESTIGEN_BINNEN
from beheer.services.gebruikers import Gegevens, change_gebruiker
from beheer.services.gezag import BESLUITEN_BINNEN as GEZAG_BINNEN
from beheer.services.gezag import VRAAG_GELDIG, Gezag, ask_gezag, propose_gezag
from beheer.services.hercertificering import answer_beoordelingen
from beheer.tasks import run_aanvragen, run_continuiteit, run_hercertificering, run_signalen, sweep_signalen
from koppeling.models import Koppeling
from koppeling.rules import WAARSCHUWING_MINSTENS_OUD
from koppeling.services.activatiecodes import request_activatiecode
from koppeling.tasks import run_inactiviteit
from koppeling.tasks import run_opruimen as run_opruimen_koppeling
from tests.beheer.aanvraag import confirm, submit
from tests.beheer.signaal import HENK
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_machtiging,
    make_organisatie,
    make_rol,
    make_staf,
    make_taak,
    propose_rol,
)
from verantwoording.models import Bericht, Logregel, Taakrun, Voorstel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.tasks import run_voorstellen, sweep_berichten

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.zwaar]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NIEUW = Gezag(naam="A. Nieuw", functie="bestuurder", email="nieuw@regenboog.example")
TAKEN: list[Callable[[], None]] = [
    run_voorstellen,
    run_aanvragen,
    run_inactiviteit,
    run_machtigingen,
    run_continuiteit,
    run_hercertificering,
    sweep_signalen,
    run_signalen,
    run_opruimen_koppeling,
    run_opruimen_autorisatie,
    run_contactpersonen,
    sweep_berichten,
]
"""In the order of the beat schedule's minutes; the mail goes last."""


class Gedood(BaseException):
    """As a kill: nothing catches it, and what was not committed is gone."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Kill what happens inside at its so manieth statement: the database hears nothing more of it."""
    number = itertools.count(1)

    def execute(run: Callable[..., Any], *args: Any) -> Any:
        if next(number) >= statement:
            raise Gedood
        return run(*args)

    with suppress(Gedood), connection.execute_wrapper(execute):
        yield
    connection.close()


class Verval(NamedTuple):
    """Something that ends: when, as it is known now, and whether it has."""

    naam: str
    wanneer: Callable[[], datetime]
    is_zo: Callable[[datetime], bool]
    vanzelf: bool = False  # holds at the very moment, also when no job has run


class Wereld:
    """A board with two beheerders and three gebruikers, and an office with one beheerder and one gebruiker."""

    def __init__(self) -> None:
        self.bestuur = make_organisatie()
        self.kantoor = make_organisatie("Kantoor De Teller", "90005555", bevoegd_gezag_email="directie@teller.example")
        self.rol, self.school = make_rol(), make_kenmerk(self.bestuur)
        self.taak = make_taak("Leerlingdossier", self.rol)
        self.jolanda, self.sema = make_beheerder(self.bestuur), make_beheerder(self.bestuur, voornaam="Sema")
        self.bas = make_beheerder(self.kantoor, voornaam="Bas")
        for one in (self.jolanda, self.sema, self.bas):
            link(one)
        self.henk, self.els, self.stil = (make_account(self.bestuur) for _ in range(3))
        self.tom = make_account(self.kantoor)
        grant(self.henk, self.rol, self.school)
        self.koppeling = link(self.stil, used=NOW - 500 * DAY)
        self.machtiging = make_machtiging(self.bestuur, self.kantoor, [self.rol], [self.school], tot=NOW + 200 * DAY)
        grant(self.tom, self.rol, self.school, machtiging=self.machtiging)
        self.tot = NOW + 25 * DAY + HOUR / 2
        set_autorisatie(
            account=self.els,
            rol=self.rol,
            kenmerken=[self.school],
            actor=self.door(self.jolanda),
            beheerder=self.jolanda,
            now=NOW,
            tot=self.tot,
        )
        self.nood = make_account(self.bestuur, voornaam="Nora")
        link(self.nood)
        actor = Actor(ActorSoort.STAF, id=make_staf().pk, reden="Nodig.")
        self.einde = NOW + 50 * DAY
        appoint_beheerder(account=self.nood, actor=actor, now=NOW, tot=self.einde)
        self.onbevestigd, self.bevestigd = submit(self.bestuur), submit(self.bestuur)
        confirm(self.bevestigd)
        ask_gezag(organisatie=self.bestuur, gezag=NIEUW, actor=self.door(self.jolanda), now=NOW)
        propose_gezag(organisatie=self.kantoor, gezag=NIEUW, actor=actor, now=NOW)
        propose_rol(self.sema, self.rol, self.school)
        inhoud = Inhoud(
            verlener=self.bestuur,
            gemachtigde=self.kantoor,
            soort=Machtiging.Soort.VERWERKING,
            rollen=[self.rol],
            kenmerken=[self.school],
            van=date(2026, 3, 2),
            tot_en_met=date(2026, 12, 31),
        )
        self.aanbod = prepare_machtiging(inhoud=inhoud, beheerder=self.jolanda, actor=self.door(self.jolanda), now=NOW)
        change_gebruiker(
            account=self.henk,
            versie=self.henk.versie,
            gegevens=Gegevens(**HENK | {"email": "ander@elders.example"}),
            actor=self.door(self.jolanda),
            now=NOW,
        )
        request_activatiecode(account=self.henk, actor=self.door(self.jolanda), now=NOW)

    def door(self, account: Account) -> Actor:
        return Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id)

    def mag(self, account: Account, op: datetime, namens: Organisatie | None = None) -> bool:
        return beslis(account, Taak.objects.get(), self.school, op, namens=namens).mag

    def ronde(self) -> Hercertificering:
        """The first look back at the board's rollen; the next one is a year later."""
        return Hercertificering.objects.filter(organisatie=self.bestuur).earliest("id")

    def lapses(self) -> list[Verval]:
        voorstel, stil = Voorstel.objects.filter, Koppeling.objects.get

        def unlinked_from() -> datetime:
            koppeling = stil(pk=self.koppeling.pk)
            day = end_of_day(koppeling.vervalt_op - DAY)
            warned = koppeling.gewaarschuwd_7_op
            return max(day, warned + WAARSCHUWING_MINSTENS_OUD) if warned else day

        def open_one(soort: str) -> Callable[[datetime], bool]:
            return lambda _: not voorstel(soort=soort, staat=Voorstel.Staat.OPEN).exists()

        return [
            Verval("rol met einddatum", lambda: self.tot, lambda op: not self.mag(self.els, op), vanzelf=True),
            Verval("noodbeheerder", lambda: self.einde, lambda op: not is_beheerder(self.nood, op), vanzelf=True),
            Verval(
                "machtiging",
                lambda: self.machtiging.tot,
                lambda op: not self.mag(self.tom, op, self.bestuur),
                vanzelf=True,
            ),
            Verval(
                "wat op de machtiging rust",
                lambda: self.machtiging.tot,
                lambda _: Autorisatie.objects.get(machtiging=self.machtiging).tot is not None,
            ),
            Verval(
                "aanvraag zonder bevestiging",
                lambda: NOW + BEVESTIGEN_BINNEN,
                lambda _: aanvraag_is(self.onbevestigd, Aanvraag.Staat.VERVALLEN),
            ),
            Verval(
                "aanvraag zonder besluit",
                lambda: NOW + BESLUITEN_BINNEN,
                lambda _: aanvraag_is(self.bevestigd, Aanvraag.Staat.VERVALLEN),
            ),
            Verval("vraag om een gezag", lambda: NOW + VRAAG_GELDIG, open_one("gezag_vraag")),
            Verval("wijziging van het gezag", lambda: NOW + GEZAG_BINNEN, open_one("gezag_wijziging")),
            Verval("rol voor zichzelf", lambda: NOW + 14 * DAY, open_one("eigen_rol")),
            Verval("aanbod", lambda: NOW + MACHTIGING_BEANTWOORDEN, open_one("machtiging_bevestigen")),
            Verval(
                "stand van het aanbod",
                lambda: NOW + MACHTIGING_BEANTWOORDEN,
                lambda _: Machtigingsaanbod.objects.get(pk=self.aanbod.pk).stand == "vervallen",
            ),
            Verval("koppeling", unlinked_from, lambda _: stil(pk=self.koppeling.pk).beeindigd_op is not None),
            Verval("ronde", lambda: self.ronde().einde, lambda _: self.ronde().afgerond_op is not None),
            Verval(
                "rol die niemand nakeek",
                lambda: self.ronde().einde,
                lambda _: Autorisatie.objects.filter(account=self.henk).earliest("id").tot is not None,
            ),
        ]


def aanvraag_is(aanvraag: Aanvraag, staat: Aanvraag.Staat) -> bool:
    """Whether it has lapsed; what nobody confirmed is forgotten a month later (R34)."""
    now = Aanvraag.objects.filter(pk=aanvraag.pk).first()
    return now is None or now.staat == staat


OUTAGES = {50, 51, *range(120, 127), 200, 201, *range(9, 400, 23)}
"""Days on which nothing runs; a noodbeheerderschap and a machtiging end on one."""


def a_day(wereld: Wereld, day: int, clock: Callable[[datetime], None]) -> None:
    """The jobs of one day: every third day killed first, each at another place; then all of them twice."""
    moment = NOW + day * DAY
    if day % 3 == 1:
        clock(moment)
        for number, taak in enumerate(TAKEN):
            with killed_at(2 + (day * 7 + number * 5) % 40):
                taak()
        for verval in wereld.lapses():
            assert moment >= verval.wanneer() or not verval.is_zo(moment), f"{verval.naam} on day {day}: too early"
    moment += 2 * HOUR
    clock(moment)
    for taak in [*TAKEN, *TAKEN]:
        taak()
    for verval in wereld.lapses():
        assert verval.is_zo(moment) == (verval.wanneer() <= moment), f"{verval.naam} on day {day}"


def test_a_year_day_by_day_every_mail_once_and_every_lapse_on_its_day(clock: Callable[[datetime], None]) -> None:
    wereld = Wereld()
    post: dict[int, Bericht] = {}  # each mail as it was last seen: a year after it left it is forgotten (R34)
    for day in range(401):
        if day not in OUTAGES:
            a_day(wereld, day, clock)
            post |= Bericht.objects.in_bulk()
        evening = NOW + day * DAY + 9 * HOUR
        for verval in (one for one in wereld.lapses() if one.vanzelf):
            assert verval.is_zo(evening) == (verval.wanneer() <= evening), f"{verval.naam} on day {day}"
        if day == 10:  # one of two rounds is answered
            (row,) = Hercertificering.objects.get(organisatie=wereld.kantoor).beoordelingen.all()
            answer_beoordelingen(
                ronde=row.hercertificering,
                antwoorden={row.pk: "behouden"},
                beheerder=wereld.bas,
                actor=wereld.door(wereld.bas),
                now=NOW + day * DAY,
            )
        if day == 60:  # and what lapsed in the other one is given again
            set_autorisatie(
                account=wereld.henk,
                rol=wereld.rol,
                kenmerken=[wereld.school],
                actor=wereld.door(wereld.jolanda),
                beheerder=wereld.jolanda,
                now=NOW + day * DAY,
            )

    assert Autorisatie.objects.get(machtiging=wereld.machtiging).tot == wereld.machtiging.tot
    assert Autorisatie.objects.get(account=wereld.els).tot == wereld.tot
    first, second = Hercertificering.objects.filter(organisatie=wereld.bestuur).order_by("id")
    assert second.begonnen_op - first.begonnen_op >= 365 * DAY
    assert first.verklaring["aantallen"] == [["al gestopt", 1], ["niet beoordeeld, vervallen", 1]]
    assert second.verklaring["aantallen"] == [["niet beoordeeld, vervallen", 1]]
    assert not Taakrun.objects.filter(status=Taakrun.Status.BEZIG).exists()
    once = Logregel.objects.filter(gebeurtenis__endswith="_vervallen").values_list("gebeurtenis", flat=True)
    assert Counter(once) == {
        "rol_vervallen": 2,
        "aanvraag_vervallen": 1,
        "eigen_rol_vervallen": 1,
        "gezag_vraag_vervallen": 1,
        "gezag_wijziging_vervallen": 1,
        "machtiging_bevestigen_vervallen": 1,
    }
    assert Logregel.objects.filter(gebeurtenis="ontkoppeld").count() == 1
    _check_mail(list(post.values()))


def _check_mail(post: list[Bericht]) -> None:
    """Every mail that had to be, once; each left, and those that were tried again kept their Message-ID (D17)."""
    assert len({row.sleutel for row in post}) == len(post)
    kinds = Counter(row.soort for row in post)
    duo = kinds.pop("continuiteit_duo")
    assert kinds == {
        "aanmelding": 1,  # to the changed address
        "aanvraag_bevestigen": 2,
        "activatiecode": 1,
        "adres_gewijzigd": 1,
        "continuiteit_gezag": 14,  # one beheerder only: 5 times; three who stopped logging in: 3 times each
        "gezag_gevraagd": 1,
        "hercertificering_afgerond": 3,
        "hercertificering_begonnen": 4,
        "hercertificering_escalatie": 2,
        "hercertificering_herinnering": 3,
        "hercertificering_waarschuwing": 3,
        "machtiging_bevestigen": 1,
        "machtiging_loopt_af": 3,
        "nood_einde": 2,
        "nood_vooraf": 2,
        "ontkoppeld": 1,
        "signaal": 1,  # a code to a changed address, at which nobody looks
        "signaal_duo": 1,
        "signaal_herinnering": 1,
        "verval_30": 1,
        "verval_7": 1,
    }
    told = {timezone.localdate(row.gemaakt_op) for row in post if row.soort == "continuiteit_gezag"}
    assert duo == len(told)  # once a day
    _check_left(post)


def _check_left(post: list[Bericht]) -> None:
    """All of it left, under one Message-ID each; but for a link that was used before the mail with it could go."""
    sent = [row for row in post if row.status == Bericht.Status.VERZONDEN]
    assert [row.soort for row in post if row not in sent] == ["aanvraag_bevestigen"]
    left = {message.extra_headers["Message-ID"] for message in mail.outbox}
    assert left == {row.message_id for row in sent}
