from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Account
from accounts.permissions import seal_account

register = template.Library()


@register.simple_tag(takes_context=True)
def post_velden(context: dict[str, Any]) -> SafeString:
    """The hidden fields of every form that is posted: the CSRF token, and for which account it was shown (D5, D12)."""
    request = context["request"]
    token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
    if not isinstance(request.user, Account) or request.user.is_staff:
        return token
    return token + format_html(
        '<input type="hidden" name="_account" value="{}"><input type="hidden" name="_zegel" value="{}">',
        request.user.pk,
        seal_account(request.user),
    )
