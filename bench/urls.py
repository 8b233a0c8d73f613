from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path

from accounts.permissions import account_of
from mijnduo.urls import urlpatterns as portal


def kaal(request: HttpRequest) -> HttpResponse:
    """The bare page of somebody who is logged in: session, account, a template of its own and nothing else."""
    return HttpResponse(render_to_string("bench/kaal.html", {"account": account_of(request)}))


@login_not_required
def leeg(request: HttpRequest) -> HttpResponse:
    """Does nothing: what the server spends on any request that carries a session and a form."""
    return HttpResponse()


@login_not_required
def openbaar(request: HttpRequest) -> HttpResponse:
    """The bare page of a visitor: a template of its own and nothing else."""
    return HttpResponse(render_to_string("bench/kaal.html"))


urlpatterns = [
    *portal,
    path("bench/kaal/", kaal, name="kaal"),
    path("bench/leeg/", leeg, name="leeg"),
    path("bench/openbaar/", openbaar, name="openbaar"),
]
