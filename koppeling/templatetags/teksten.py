from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def alineas(tekst: str) -> SafeString:
    """A TekstVersie as HTML, escaped: an empty line splits paragraphs, a line that begins with ## is a heading."""
    blocks = [block.strip() for block in tekst.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return format_html_join("\n", "{}", ((_block(block),) for block in blocks))


def _block(block: str) -> SafeString:
    if block.startswith("## "):
        return format_html('<h3 class="utrecht-heading-3">{}</h3>', block[3:])
    return format_html('<p class="utrecht-paragraph">{}</p>', " ".join(block.splitlines()))
