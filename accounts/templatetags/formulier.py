from functools import cache
from typing import Any

from django import template
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Account
from accounts.permissions import NAMENS, seal_account

register = template.Library()


@register.simple_tag(takes_context=True)
def post_velden(context: dict[str, Any]) -> SafeString:
    """The hidden fields of every form that is posted: the CSRF token, and for whom it was shown (D5, D12).

    Made once for all forms of a page.
    """
    known = context["request"].__dict__
    if "_post_velden" not in known:
        known["_post_velden"] = _make_post_velden(context["request"])
    return SafeString(known["_post_velden"])


def _make_post_velden(request: HttpRequest) -> SafeString:
    token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
    if not isinstance(request.user, Account) or request.user.is_staff:
        return token
    return token + format_html(
        '<input type="hidden" name="_account" value="{}"><input type="hidden" name="_namens" value="{}">'
        '<input type="hidden" name="_zegel" value="{}">',
        request.user.pk,
        request.session.get(NAMENS, ""),
        seal_account(request.user),
    )


@register.simple_tag
@cache
def icoon(naam: str) -> SafeString:
    """A decorative icon of static/img/iconen.svg. An include for each would cost more than finding it."""
    address = static("img/iconen.svg")
    return format_html(
        '<svg class="icoon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', address, naam
    )
