from django.http import HttpResponse

from koppeling.models import Handleiding


def as_download(handleiding: Handleiding) -> HttpResponse:
    """The file of a manual (R24), to be saved and not to be shown within our site; the caller has seen to the right."""
    response = HttpResponse(bytes(handleiding.inhoud), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{handleiding.bestandsnaam}"'
    return response
