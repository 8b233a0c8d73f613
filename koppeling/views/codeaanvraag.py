"""Asking for an activatiecode oneself, from the login page (R07). No answer says whether a gebruikersnaam exists."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from accounts.middleware import any_account
from accounts.permissions import actor_of
from koppeling.forms import CodeVragenForm
from koppeling.rules import VERZOEKEN_PER_NAAM
from koppeling.services.codeaanvragen import ask_activatiecode


@sensitive_post_parameters()
@login_not_required
@never_cache
@any_account
def code_vragen(request: HttpRequest) -> HttpResponse:
    """Type one's gebruikersnaam; who is asked too often waits, whether the name exists or not."""
    form = CodeVragenForm(request.POST or None)
    context = {"form": form, "hoogstens": VERZOEKEN_PER_NAAM.hoogstens}
    if request.method == "POST" and form.is_valid():
        tot = ask_activatiecode(
            gebruikersnaam=form.cleaned_data["gebruikersnaam"], actor=actor_of(request), now=timezone.now()
        )
        if tot is None:
            return redirect("code_gevraagd")
        return render(request, "koppeling/code_vragen.html", {**context, "tot": tot}, status=429)
    return render(request, "koppeling/code_vragen.html", context)


@login_not_required
@never_cache
@require_GET
def code_gevraagd(request: HttpRequest) -> HttpResponse:
    """What happens now, the same for everybody."""
    return render(request, "koppeling/code_gevraagd.html")
