from typing import Any

from django.http import HttpRequest


def pagina(request: HttpRequest) -> dict[str, Any]:
    """What every page needs."""
    return {}
