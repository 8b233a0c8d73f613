from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from accounts.emails.aanmelding import AANMELDING
from accounts.models import Account, AccountQuerySet, Organisatie
from beheer.rules.trechter import KLEUREN, NAMEN, Feiten, Mail, Stand, Volgende, find_stand, next_act
from beheer.services.brieven import OVERHANDIGD
from koppeling.haken import Houder, read_houders
from koppeling.models import EherkenningTest, Koppeling, Teller
from koppeling.rules import VERZOEK_OPEN, Reden
from koppeling.services.activatiecodes import SOORT as ACTIVATIECODE
from koppeling.services.pogingen import name_key
from verantwoording.models import Bericht

REDENEN: Final = {
    Reden.INACTIEF: "18 maanden niet ingelogd",
    Reden.VERLOREN: "middel kwijt",
    Reden.GESTOLEN: "middel gestolen",
    Reden.DEFECT: "middel kapot",
    Reden.VERTREK: "was beëindigd, is hersteld",
    Reden.STAF: "door DUO",
    Reden.SIGNAAL: "uit voorzorg",
}
MAILS: Final = {
    Bericht.Status.WACHT: Mail.ONDERWEG,
    Bericht.Status.BEZIG: Mail.ONDERWEG,
    Bericht.Status.VERZONDEN: Mail.VERZONDEN,
    Bericht.Status.GEWEIGERD: Mail.GEWEIGERD,
    Bericht.Status.MISLUKT: Mail.MISLUKT,
    Bericht.Status.VERVALLEN: Mail.GEEN,
}
NOT_ARRIVED: Final = {Mail.GEWEIGERD, Mail.MISLUKT}

# All that is known of these accounts, in one statement, each part through its index. `way.open` spares who is linked or
# ended the questions about the way to linking. The last event of a letter is read through the index logregel_brief,
# which asks for this very LIKE.
FEITEN = r"""
SELECT a.id, a.gebruikersnaam, a.beeindigd_op, way.open,
       k.sinds, k.laatst_gebruikt, k.vervalt_op, k.beeindigd_op AS ontkoppeld_op, k.reden,
       (SELECT gestolen_op FROM koppeling_middel WHERE id = k.middel_id AND k.beeindigd_op IS NULL) AS gestolen_op,
       (SELECT max(u.van) FROM accounts_tijdelijkeblokkade u WHERE u.account_id = a.id
        AND u.van <= %(now)s AND (u.tot IS NULL OR u.tot > %(now)s)) AS uitgesloten_op,
       c.geldig_tot, m.id AS code_id, m.status AS code_status, m.niet_voor, m.pogingen,
       n.id AS aanmelding_id, n.status AS aanmelding_status,
       b.gebeurtenis AS brief, t.op AS test_op, t.uitkomst, q.gevraagd_op,
       ARRAY(SELECT DISTINCT r.naam FROM autorisatie_autorisatie g JOIN autorisatie_rol r ON r.id = g.rol_id
             WHERE g.account_id = a.id AND g.van <= %(now)s AND (g.tot IS NULL OR g.tot > %(now)s)
             AND (g.machtiging_id IS NULL OR EXISTS (SELECT FROM accounts_machtiging m WHERE m.id = g.machtiging_id
                  AND m.van <= %(now)s AND m.tot > %(now)s))
             ORDER BY r.naam) AS rollen,
       EXISTS (SELECT FROM accounts_beheerderschap s WHERE s.account_id = a.id
               AND s.van <= %(now)s AND (s.tot IS NULL OR s.tot > %(now)s)) AS beheert
FROM accounts_account a
LEFT JOIN LATERAL (SELECT * FROM koppeling_koppeling WHERE account_id = a.id ORDER BY id DESC LIMIT 1) k ON TRUE
CROSS JOIN LATERAL (
    SELECT a.beeindigd_op IS NULL AND (k.id IS NULL OR k.beeindigd_op IS NOT NULL) AS open
) way
LEFT JOIN LATERAL (
    SELECT geldig_tot FROM koppeling_activatiecode
    WHERE way.open AND account_id = a.id AND gebruikt_op IS NULL AND ingetrokken_op IS NULL
) c ON TRUE
LEFT JOIN LATERAL (
    SELECT id, status, niet_voor, pogingen FROM verantwoording_bericht
    WHERE way.open AND account_id = a.id AND soort = %(code)s ORDER BY id DESC LIMIT 1
) m ON TRUE
LEFT JOIN LATERAL (
    SELECT id, status FROM verantwoording_bericht
    WHERE way.open AND account_id = a.id AND soort = %(aanmelding)s ORDER BY id DESC LIMIT 1
) n ON TRUE
LEFT JOIN LATERAL (
    SELECT gebeurtenis FROM verantwoording_logregel
    WHERE way.open AND account_id = a.id AND gebeurtenis::text LIKE 'brief\_%%' ORDER BY id DESC LIMIT 1
) b ON TRUE
LEFT JOIN koppeling_codeaanvraag q
    ON way.open AND q.account_id = a.id AND q.besloten_op IS NULL AND q.gevraagd_op > %(open_sinds)s
LEFT JOIN koppeling_eherkenningtest t ON way.open AND t.account_id = a.id
WHERE a.id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Gebruikersstand:
    """One gebruiker as the beheerder sees him: where he stands, and what that rests on."""

    account: Account
    stand: Stand
    feiten: Feiten
    rollen: list[str]
    is_beheerder: bool

    @property
    def naam(self) -> str:
        """The stand in words."""
        return NAMEN[self.stand]

    @property
    def kleur(self) -> str:
        """The colour of its badge."""
        return KLEUREN.get(self.stand, "neutral")

    @property
    def mag(self) -> str:
        """What he holds, in words: beheerder, rollen; empty for nothing."""
        return ", ".join(["Beheerder", *self.rollen] if self.is_beheerder else self.rollen)

    @property
    def laatst_ingelogd(self) -> str:
        """The day of his last login; empty for who never logged in."""
        return _day(self.feiten.laatst_ingelogd) if self.feiten.laatst_ingelogd else ""

    @property
    def toelichting(self) -> str:
        """What the stand rests on, in a few words."""
        return describe_stand(self.stand, self.feiten)

    @property
    def volgende(self) -> Volgende:
        """What holds him up and what the beheerder does next."""
        return next_act(stand=self.stand, feiten=self.feiten, heeft_rollen=bool(self.rollen) or self.is_beheerder)


@dataclass(frozen=True, slots=True)
class _Gevonden:
    """What the database says of one account."""

    feiten: Feiten
    rollen: list[str]
    is_beheerder: bool


def read_standen(accounts: Iterable[Account], organisatie: Organisatie, now: datetime) -> list[Gebruikersstand]:
    """Where these accounts of one organisatie stand, in their order.

    Two queries, however many there are; and those of the other ways to log in when somebody was never linked.
    """
    accounts = list(accounts)
    found = _find([account.pk for account in accounts], organisatie, now)
    return [
        Gebruikersstand(
            account=account,
            stand=find_stand(found[account.pk].feiten, now),
            feiten=found[account.pk].feiten,
            rollen=found[account.pk].rollen,
            is_beheerder=found[account.pk].is_beheerder,
        )
        for account in accounts
    ]


def count_standen(gebruikers: AccountQuerySet, organisatie: Organisatie, now: datetime) -> Counter[Stand]:
    """How many of these gebruikers of one organisatie are at each stand. It reads them all: not for every page."""
    return Counter(_stand_of_each(gebruikers, organisatie, now).values())


def search(
    gebruikers: AccountQuerySet, *, organisatie: Organisatie, naam: str, stand: str, now: datetime
) -> AccountQuerySet:
    """Those of whom every word of `naam` is part of the name, and who are at this stand, in the order of the list.

    Without a stand everybody who has not been ended. With one it reads all of them to find out.
    """
    for word in naam.split():
        gebruikers = gebruikers.filter(
            Q(achternaam__icontains=word) | Q(voornaam__icontains=word) | Q(tussenvoegsel__icontains=word)
        )
    if stand == Stand.BEEINDIGD:
        gebruikers = gebruikers.filter(beeindigd_op__isnull=False)
    elif stand:
        of_each = _stand_of_each(gebruikers.active(), organisatie, now)
        gebruikers = gebruikers.filter(pk__in=[pk for pk, one in of_each.items() if one == stand])
    else:
        gebruikers = gebruikers.active()
    return gebruikers.order_by("achternaam", "voornaam", "id")


def _stand_of_each(gebruikers: AccountQuerySet, organisatie: Organisatie, now: datetime) -> dict[int, Stand]:
    ids = list(gebruikers.order_by().values_list("pk", flat=True))
    return {pk: find_stand(gevonden.feiten, now) for pk, gevonden in _find(ids, organisatie, now).items()}


def _find(ids: Sequence[int], organisatie: Organisatie, now: datetime) -> dict[int, _Gevonden]:
    """What happened to each of these accounts, and the wrong tries on those who are on their way (R10).

    Tries are found for middelen with the organisatie's own KvK number; a counter's key is a keyed hash (D9).
    """
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"ids": list(ids), "now": now, "open_sinds": now - VERZOEK_OPEN}
        cursor.execute(FEITEN, {**asked, "code": ACTIVATIECODE, "aanmelding": AANMELDING})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    keys = {
        row["id"]: name_key(kvk_nummer=organisatie.kvk_nummer, gebruikersnaam=row["gebruikersnaam"])
        for row in rows
        if row["open"]
    }
    never_linked = [row["id"] for row in rows if row["open"] and row["sinds"] is None]
    houders = read_houders(never_linked, now) if never_linked else {}
    tellers = {teller.sleutel: teller for teller in Teller.objects.filter(sleutel__in=keys.values())} if keys else {}
    return {
        row["id"]: _Gevonden(
            _with_tries(_read(row, houders.get(row["id"]), now), tellers.get(keys.get(row["id"], "")), now),
            row["rollen"],
            row["beheert"],
        )
        for row in rows
    }


def _read(row: dict[str, Any], houder: Houder | None, now: datetime) -> Feiten:
    mail, bevestiging = _read_mail(row, now)
    return Feiten(
        beeindigd_op=row["beeindigd_op"],
        uitgesloten_op=row["uitgesloten_op"],
        gekoppeld_op=row["sinds"],
        laatst_ingelogd=houder.laatst if houder else row["laatst_gebruikt"],
        vervalt_op=row["vervalt_op"],
        gestolen_op=row["gestolen_op"],
        ontkoppeld_op=row["ontkoppeld_op"],
        ontkoppeld_om=row["reden"] or "",
        kent_naam=houder is not None,
        met_token=houder is not None and houder.geldig,
        brief_gemaakt=row["brief"] is not None,
        brief_overhandigd=row["brief"] == OVERHANDIGD,
        test_op=row["test_op"],
        test_uitkomst=EherkenningTest.Uitkomst(row["uitkomst"]).label if row["uitkomst"] else "",
        test_gelukt=row["uitkomst"] == EherkenningTest.Uitkomst.GELUKT,
        gevraagd_op=row["gevraagd_op"],
        mail=mail,
        bevestiging=bevestiging,
        mail_voor=row["niet_voor"],
        code_tot=row["geldig_tot"],
    )


def _read_mail(row: dict[str, Any], now: datetime) -> tuple[Mail, bool]:
    """The newest mail with a code; or a confirmation, and then True, when it is newer and did not arrive."""
    code = MAILS[row["code_status"]] if row["code_id"] else Mail.GEEN
    if code is Mail.ONDERWEG and row["pogingen"] == 0 and row["niet_voor"] > now:
        code = Mail.GEPLAND
    aanmelding = MAILS[row["aanmelding_status"]] if row["aanmelding_id"] else Mail.GEEN
    if (row["aanmelding_id"] or 0) > (row["code_id"] or 0):
        if aanmelding in NOT_ARRIVED:
            return aanmelding, True
        if code in NOT_ARRIVED:
            return Mail.GEEN, False
    return code, False


def _with_tries(feiten: Feiten, teller: Teller | None, now: datetime) -> Feiten:
    """Wrong tries stand until a success or the end of a block (D9)."""
    if teller is None or (teller.geblokkeerd_tot is not None and teller.geblokkeerd_tot <= now):
        return feiten
    return replace(
        feiten, pogingen=teller.aantal, geprobeerd_op=teller.laatste_op, geblokkeerd_tot=teller.geblokkeerd_tot
    )


def describe_stand(stand: Stand, feiten: Feiten) -> str:
    """What a stand rests on, in a few Dutch words for a list or a file."""
    return _WOORDEN[stand](feiten)


def _describe_lapse(feiten: Feiten) -> str:
    return f"op {_day_in_words(feiten.vervalt_op)}, zonder inloggen" if feiten.vervalt_op else ""


def _describe_tries(feiten: Feiten) -> str:
    pogingen = "poging" if feiten.over == 1 else "pogingen"
    return f"op {_moment(feiten.geprobeerd_op)} uur, nog {feiten.over} {pogingen}"


def _describe_mail(feiten: Feiten) -> str:
    if feiten.mail is Mail.GEWEIGERD:
        return "controleer het e-mailadres"
    return "bevestiging niet verstuurd" if feiten.bevestiging else "vraag een nieuwe code aan"


def _day(moment: datetime | None) -> str:
    return _day_in_words(timezone.localtime(moment).date())


@lru_cache(maxsize=4096)
def _day_in_words(day: date) -> str:
    """Kept, because a list has the same days again and again and a day costs more to write than all else of its row."""
    return date_format(day, "j F Y")


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "j F, H.i")


def _clock(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "H.i")


_WOORDEN: Final[dict[Stand, Callable[[Feiten], str]]] = {
    Stand.TOKEN: lambda f: f"eHerkenning getest op {_day(f.test_op)}" if f.test_gelukt else "nog niet gekoppeld",
    Stand.AANGEMELD: lambda f: "nog niet gekoppeld" if f.kent_naam else "brief nog niet gemaakt",
    Stand.BRIEF_GEMAAKT: lambda _: "nog niet overhandigd",
    Stand.BRIEF_OVERHANDIGD: lambda f: f"test niet gelukt: {f.test_uitkomst}" if f.test_op else "wacht op een code",
    Stand.GETEST: lambda f: f"gelukt op {_day(f.test_op)}",
    Stand.CODE_GEVRAAGD: lambda f: f"sinds {_moment(f.gevraagd_op)} uur",
    Stand.CODE_GEPLAND: lambda f: f"gaat weg op {_moment(f.mail_voor)} uur",
    Stand.CODE_ONDERWEG: lambda _: "de e-mail wordt verstuurd",
    Stand.MAIL_GEWEIGERD: _describe_mail,
    Stand.CODE_VERSTUURD: lambda f: f"geldig tot {_moment(f.code_tot)} uur",
    Stand.GEPROBEERD: _describe_tries,
    Stand.WACHTTIJD: lambda f: f"5 onjuiste pogingen, tot {_clock(f.geblokkeerd_tot)} uur",
    Stand.CODE_VERLOPEN: lambda f: f"op {_moment(f.code_tot)} uur",
    Stand.GEKOPPELD: lambda f: f"sinds {_day(f.gekoppeld_op)}",
    Stand.VERVALT: _describe_lapse,
    Stand.MIDDEL_GEBLOKKEERD: lambda f: f"gemeld als gestolen op {_day(f.gestolen_op)}",
    Stand.ONTKOPPELD: lambda f: REDENEN[Reden(f.ontkoppeld_om)],
    Stand.TIJDELIJK_GEBLOKKEERD: lambda f: f"sinds {_day(f.uitgesloten_op)}",
    Stand.BEEINDIGD: lambda f: f"op {_day(f.beeindigd_op)}",
}


def live_koppeling(account: Account) -> Koppeling | None:
    """The koppeling with which the account logs in now, None when it has none."""
    return Koppeling.objects.live().filter(account=account).first()


def latest_bericht(account: Account, soort: str) -> Bericht | None:
    """The newest mail of this kind: whether it was sent, never what stands in it. None when there was none."""
    return Bericht.objects.filter(account_id=account.pk, soort=soort).order_by("-id").first()
