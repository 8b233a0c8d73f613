import re
from typing import Final
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

ANDERE_SITE: Final = "(andere website)"
KLASSEN: Final = {
    "p": "utrecht-paragraph",
    "ul": "utrecht-unordered-list",
    "ol": "utrecht-ordered-list",
    "h2": "utrecht-heading-2",
    "h3": "utrecht-heading-3",
    "a": "utrecht-link utrecht-link--html-a",
    "table": "utrecht-table utrecht-table--html-table",
}
TOEGESTAAN: Final = {*KLASSEN, "li", "strong", "em", "br", "span", "thead", "tbody", "tr", "th", "td", "blockquote"}
SCHEMAS: Final = {"https", "http", "mailto", "tel"}
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_CONTACT: Final = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?P<site>(?:[\w-]+\.)+(?:nl|example)(?:/[\w./%-]*[\w/])?)"
)


def render_markdown(tekst: str) -> SafeString:
    """Markdown of DUO staff as HTML (R31): raw HTML is text, and what comes out passes an allow-list all the same.

    A link to another site says so in words, for whoever reads and whoever listens.
    """
    html = _MARKDOWN.renderer.render(_dress(_MARKDOWN.parse(tekst)), _MARKDOWN.options, {})
    return mark_safe(  # noqa: S308  # sanitised here
        nh3.clean(
            html,
            tags=TOEGESTAAN,
            attributes={"a": {"href", "rel", "class"}, "*": {"class"}},
            url_schemes=SCHEMAS,
            link_rel=None,
        )
    )


def is_other_site(adres: str) -> bool:
    """Whether this address leads away from our own site."""
    parts = urlsplit(adres)
    return bool(parts.netloc) and parts.netloc != urlsplit(settings.BASIS_URL).netloc


def link_contact(tekst: str) -> SafeString:
    """A contact line of the catalogue, with its e-mail addresses and sites as links."""
    parts, done = [], 0
    for found in _CONTACT.finditer(tekst):
        parts.append(format_html("{}", tekst[done : found.start()]))
        parts.append(link_site(found["site"]) if found["site"] else _link_mail(found["mail"]))
        done = found.end()
    parts.append(format_html("{}", tekst[done:]))
    return SafeString("".join(parts))


def link_site(adres: str, tekst: str = "") -> SafeString:
    """A link to another site, by an address without protocol as the catalogue has them; it says so in words."""
    return format_html(
        '<a class="{}" href="https://{}" rel="noopener">{} <span class="andere-site">{}</span></a>',
        KLASSEN["a"],
        adres,
        tekst or adres,
        ANDERE_SITE,
    )


def _link_mail(adres: str) -> SafeString:
    return format_html('<a class="{}" href="mailto:{}">{}</a>', KLASSEN["a"], adres, adres)


def _dress(tokens: list[Token]) -> list[Token]:
    """Our classes, headings below the page's title, and the words before the end of each link that leads away."""
    dressed: list[Token] = []
    away = False
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h2" if token.tag in {"h1", "h2"} else "h3"
        if token.nesting == 1 and token.tag in KLASSEN:
            token.attrSet("class", KLASSEN[token.tag])
        if token.type == "link_open":
            away = is_other_site(str(token.attrGet("href")))
            if away:
                token.attrSet("rel", "noopener")
        elif token.type == "link_close" and away:
            dressed.append(Token("html_inline", "", 0, content=f' <span class="andere-site">{ANDERE_SITE}</span>'))
        if token.children:
            token.children = _dress(token.children)
        dressed.append(token)
    return dressed
