from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose CSRF token is missing or old: says what to do, keeps quiet about why."""
    return render(request, "csrf.html", status=403)
