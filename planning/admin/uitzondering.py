from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.admin import Vastgelegd
from accounts.permissions import actor_of
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from planning.admin.forms import UitzonderingForm
from planning.models import Uitzondering
from planning.rules.overstap import ZetMagNiet
from planning.services.overstappen import GeenReden, grant_uitzondering, withdraw_uitzondering

VELDEN = ("organisatie", "portaal", "tot", "reden", "gemaakt_op", "ingetrokken_op")


def _show_intrekken(page: MetHandelingen, request: HttpRequest, uitzondering: Uitzondering) -> HttpResponse:
    """End an exception now, with a reason (R26)."""
    return page.act(
        request,
        uitzondering,
        RedenForm(request.POST if request.method == "POST" else None),
        doe=lambda data: withdraw_uitzondering(
            uitzondering=uitzondering, actor=actor_of(request, reden=data["toelichting"]), now=timezone.now()
        ),
        weigert=(ZetMagNiet, GeenReden),
        gedaan="De uitzondering is ingetrokken.",
        titel="Uitzondering intrekken",
        uitleg="Vanaf nu geldt voor deze organisatie weer wat voor haar soort geldt. Is die overstap al klaar? Dan "
        "werken haar tokens meteen niet meer.",
        knop="Uitzondering intrekken",
    )


@admin.register(Uitzondering)
class UitzonderingAdmin(MetHandelingen, Vastgelegd):
    """Exceptions of an organisatie (R26): given and withdrawn, never changed or deleted."""

    form = UitzonderingForm
    list_display = ["organisatie", "portaal", "tot", "reden", "ingetrokken_op"]
    list_filter = ["portaal", ("ingetrokken_op", admin.EmptyFieldListFilter)]
    list_select_related = ["organisatie", "portaal"]
    search_fields = ["organisatie__naam", "=organisatie__code"]
    raw_id_fields = ["organisatie"]
    handelingen = [
        Handeling("intrekken", "Uitzondering intrekken", "planning.change_uitzondering", _show_intrekken),
    ]

    def get_fields(self, request: HttpRequest, obj: Uitzondering | None = None) -> Any:
        return VELDEN if obj else VELDEN[:4]

    def get_readonly_fields(self, request: HttpRequest, obj: Uitzondering | None = None) -> Any:
        return VELDEN if obj else []

    def possible(self, obj: Uitzondering) -> list[Handeling]:
        return [] if obj.ingetrokken_op else list(self.handelingen)

    def save_model(self, request: HttpRequest, obj: Uitzondering, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        if not change:
            made = grant_uitzondering(
                organisatie=obj.organisatie,
                portaal=obj.portaal,
                tot=obj.tot,
                actor=actor_of(request, reden=obj.reden),
                now=timezone.now(),
            )
            obj.pk, obj.gemaakt_op = made.pk, made.gemaakt_op

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def organisatie_id(self, obj: Uitzondering) -> int:
        return obj.organisatie_id
