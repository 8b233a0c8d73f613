"""What is told of a crash: where and what type, never a value, for a code may stand in any of them (R05)."""

import logging
import traceback
from types import TracebackType
from typing import Any

from django.http import HttpRequest


def bare_traceback(exception: BaseException) -> str:
    """The frames (file, line, function) and types of an exception and its causes, oldest first, without messages."""
    lines: list[str] = []
    current: BaseException | None = exception
    while current is not None:
        frames = traceback.extract_tb(current.__traceback__)
        block = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
        lines = [*block, f"{type(current).__module__}.{type(current).__qualname__}", *lines]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(lines)


def name_page(request: HttpRequest | None) -> str:
    """Which page was asked for, by its method and name: its path could carry a token."""
    match = request.resolver_match if request else None
    return f"{request.method} {match.view_name}" if request and match else "onbekende pagina"


class ZonderPad(logging.Filter):
    """Django ends its lines on requests, and the subjects of its mails, with the path: the page's name instead."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            record.args = tuple(name_page(request) if arg == request.path else arg for arg in record.args)
        return True


class KaleOpmaak(logging.Formatter):
    """Log lines whose tracebacks carry no values."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name is logging's
        return bare_traceback(ei[1]) if ei[1] is not None else ""


class KaalRapport:
    """Django's exception reporter for the mail to the operators: no settings, no POST, no local variables."""

    is_email = True
    html_template_path = None

    def __init__(
        self,
        request: HttpRequest | None,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | str | None,
        tb: TracebackType | None,
        is_email: bool = False,  # noqa: FBT001, FBT002  # Django's signature
    ) -> None:
        self.request = request
        # A page with status 5xx that nothing was raised for comes with its log line, which is a string.
        self.exception = exc_value if isinstance(exc_value, BaseException) else None

    def get_traceback_text(self) -> str:
        """Method, name of the page and bare traceback."""
        told = bare_traceback(self.exception) if self.exception else "geen uitzondering"
        return f"{name_page(self.request)}\n\n{told}"

    def get_traceback_html(self) -> str:
        return f"<pre>{self.get_traceback_text()}</pre>"

    def get_traceback_data(self) -> dict[str, Any]:
        return {}
