from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from accounts.models import TijdelijkeBlokkade
from accounts.models.organisatie import live
from koppeling.haken import Houder
from koppeling.models import Koppeling
from planning.models import Token
from planning.rules.token import Tokenstand, judge_token
from planning.services.overgangen import read_overgangen


def find_houders(accounts: Iterable[int], op: datetime) -> dict[int, Houder]:
    """Those of these accounts (ids) who have a token: whether it lets them in at `op`, and when it last did (R14, R15).

    The answer of inlogwijzen. One query when nobody has one, else four. Of a past moment the overstap counts as it
    stands now.
    """
    koppelingen = Koppeling.objects.filter(account=OuterRef("account"), sinds__lte=op)
    blokkades = TijdelijkeBlokkade.objects.filter(live(op), account=OuterRef("account"))
    tokens = list(
        Token.objects.filter(account__in=accounts, uitgegeven_op__lte=op)
        .select_related("account")
        .annotate(
            ooit_gekoppeld=Exists(koppelingen),
            geblokkeerd=Exists(blokkades),
            ingetrokken=Q(ingetrokken_op__isnull=False, ingetrokken_op__lte=op),
        )
    )
    organisaties = {token.account.organisatie_id or 0 for token in tokens}
    overgangen = read_overgangen(organisaties=organisaties, now=op) if tokens else {}
    return {
        token.account_id: Houder(
            geldig=judge_token(
                ingetrokken=vars(token)["ingetrokken"],
                gemaakt_op=token.account.gemaakt_op,
                beeindigd=token.account.beeindigd_op is not None and token.account.beeindigd_op <= op,
                geblokkeerd=vars(token)["geblokkeerd"],
                koppelingen=int(vars(token)["ooit_gekoppeld"]),
                gekoppeld=False,
                overgangen=overgangen[token.account.organisatie_id or 0],
                now=op,
            )
            is Tokenstand.GELDIG,
            laatst=token.laatst_gebruikt,
        )
        for token in tokens
    }
