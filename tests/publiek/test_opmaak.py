"""What staff write is Markdown; what visitors get is harmless, and says which links lead to another site (R31)."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from publiek.services.opmaak import ANDERE_SITE, link_contact, render_markdown


class Reader(HTMLParser):
    """The tags, attributes and addresses that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    "gevaar",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](data:text/html,hoi)",
        "![x](https://elders.example/x.png)",
        '<a href="https://elders.example" onclick="x()">x</a>',
        '<p style="color:red">x</p>',
        '[x](/contact/ "titel\' onclick=x")',
        "<iframe src=https://elders.example></iframe>",
        '<https://elders.example/"onmouseover=x>',
    ],
)
def test_nothing_dangerous_comes_out(gevaar: str) -> None:
    reader = Reader()
    reader.feed(render_markdown(gevaar))
    assert reader.tags <= {"p", "a", "span"}
    assert reader.attributes <= {"class", "href", "rel"}
    assert all(urlsplit(href).scheme in {"", "https"} for href in reader.addresses)


def test_a_link_to_another_site_says_so_in_words() -> None:
    html = render_markdown("Kijk op [eHerkenning](https://www.eherkenning.nl/) of **[daar](http://elders.example)**.")
    assert html.count(ANDERE_SITE) == 2
    assert html.count('rel="noopener"') == 2
    assert f'eHerkenning <span class="andere-site">{ANDERE_SITE}</span></a>' in html


@pytest.mark.parametrize("adres", ["/contact/", "#kop", "http://testserver/contact/", "mailto:helpdesk@elders.example"])
def test_a_link_within_our_site_or_to_a_mailbox_says_nothing(adres: str) -> None:
    html = render_markdown(f"[hier]({adres})")
    assert f'href="{adres}"' in html
    assert ANDERE_SITE not in html
    assert "noopener" not in html


def test_an_address_without_protocol_that_leads_away_is_another_site() -> None:
    assert ANDERE_SITE in render_markdown("[hier](//elders.example/pagina)")


def test_headings_stand_below_the_title_of_the_page() -> None:
    html = render_markdown("# Een\n\n## Twee\n\n### Drie")
    assert "<h1" not in html
    assert html.count('<h2 class="utrecht-heading-2">') == 2
    assert '<h3 class="utrecht-heading-3">Drie</h3>' in html


def test_a_list_and_a_table_come_through() -> None:
    html = render_markdown("1. een\n2. *twee*\n\n| a | b |\n| --- | --- |\n| c | d |")
    assert "<em>twee</em></li>" in html
    assert "<td>d</td>" in html


def test_a_contact_line_becomes_links() -> None:
    html = link_contact("Mail helpdesk@bron.nl <b> of kijk op duo.nl/zakelijk/contact.")
    assert '<a class="utrecht-link utrecht-link--html-a" href="mailto:helpdesk@bron.nl">helpdesk@bron.nl</a>' in html
    assert 'href="https://duo.nl/zakelijk/contact" rel="noopener"' in html
    assert "&lt;b&gt;" in html
    assert html.count(ANDERE_SITE) == 1
