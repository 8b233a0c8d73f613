"""What all acts in the admin share: buttons at an object, and a page that explains, asks and then acts by POST."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

ADMIN_TEMPLATE = "admin/met_handelingen.html"


@dataclass(frozen=True, slots=True)
class Handeling:
    """One act on an object: its address and name, the permission it takes, and the view that does it."""

    naam: str
    knop: str
    permission: str
    view: Callable[[Any, HttpRequest, Any], HttpResponse]


class MetHandelingen(admin.ModelAdmin[Any]):
    """An admin page with acts of its own. Each is a view with its own permission; GET asks, POST does."""

    change_form_template = ADMIN_TEMPLATE
    handelingen: Sequence[Handeling] = ()

    def possible(self, obj: Any) -> Sequence[Handeling]:
        """The acts that make sense for this object now; the services decide, this only spares buttons."""
        return self.handelingen

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                f"<int:pk>/{handeling.naam}/",
                self.admin_site.admin_view(self._view(handeling)),
                name=self._url_name(handeling),
            )
            for handeling in self.handelingen
        ] + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        buttons = [
            {"url": reverse(f"admin:{self._url_name(handeling)}", args=[object_id]), "knop": handeling.knop}
            for handeling in (self.possible(obj) if obj else ())
            if request.user.has_perm(handeling.permission)
        ]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "handelingen": buttons})

    def ask(
        self, request: HttpRequest, obj: Any, *, titel: str, uitleg: str, knop: str, form: forms.Form
    ) -> HttpResponse:
        """The page that says what will happen and asks for what is needed."""
        context = {
            **self.admin_site.each_context(request),
            "title": titel,
            "uitleg": uitleg,
            "knop": knop,
            "form": form,
            "opts": self.opts,
            "original": obj,
            "terug_url": self.page_of(obj),
        }
        return TemplateResponse(request, "admin/handeling.html", context)

    def act(
        self,
        request: HttpRequest,
        obj: Any,
        form: forms.Form,
        *,
        doe: Callable[[dict[str, Any]], object],
        weigert: tuple[type[Exception], ...],
        gedaan: str,
        titel: str,
        uitleg: str,
        knop: str,
    ) -> HttpResponse:
        """Ask, and act on a form that is right; then back to the object's own page, which says `gedaan`.

        doe acts on what was filled in; weigert: the exceptions with which it refuses. Their text stands in the form.
        """
        if form.is_valid():
            try:
                doe(form.cleaned_data)
            except weigert as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, gedaan)
                return redirect(self.page_of(obj))
        return self.ask(request, obj, titel=titel, uitleg=uitleg, knop=knop, form=form)

    def page_of(self, obj: Any) -> str:
        """The address of the object's own page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    def _url_name(self, handeling: Handeling) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{handeling.naam.replace('-', '_')}"

    def _view(self, handeling: Handeling) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if not request.user.has_perm(handeling.permission):
                raise PermissionDenied
            return handeling.view(self, request, get_object_or_404(self.get_queryset(request), pk=pk))

        return view
