from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from planning.services.gereedheid import count_gereedheid


def show_gereedheid(site: AdminSite, request: HttpRequest, opts: Any) -> HttpResponse:
    """How far each soort is (R28): a table that is a chart too. Reads only."""
    if not request.user.has_perm("planning.view_overstap"):
        raise PermissionDenied
    context = {
        **site.each_context(request),
        "title": "Hoe ver zijn organisaties",
        "opts": opts,
        "original": capfirst(opts.verbose_name_plural),
        "rijen": count_gereedheid(),
        "terug_url": reverse("admin:planning_overstap_changelist"),
    }
    return TemplateResponse(request, "admin/gereedheid.html", context)
