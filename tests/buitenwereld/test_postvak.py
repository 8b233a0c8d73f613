"""Mail over real SMTP, the page that shows it, and the faults it can play."""

import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from buitenwereld.postvak import Postvak, Storing
from tests.buitenwereld.conftest import Wereld, open_page


def send(port: int, aan: str = "fatima@school.example", message_id: str = "<1@portal.example>") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "noreply@mijnduo.example", aan, "Uw activatiecode – één dag geldig"
    mail["Message-ID"] = message_id
    mail.set_content("Beste Fatima,\n\nGa naar http://127.0.0.1:8000/inloggen/ en vul de code in.\n.\nGroet: ø\n")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(mail)


@pytest.fixture
def postvak() -> Iterator[Postvak]:
    postvak = Postvak()
    postvak.start()
    yield postvak
    postvak.stop()


def test_a_mail_arrives_as_it_was_sent(postvak: Postvak) -> None:
    send(postvak.port)
    (bericht,) = postvak.berichten
    assert (bericht.aan, bericht.van) == ("fatima@school.example", "noreply@mijnduo.example")
    assert bericht.onderwerp == "Uw activatiecode – één dag geldig"
    assert bericht.message_id == "<1@portal.example>"
    assert "vul de code in.\n.\nGroet: ø" in bericht.tekst


def test_mail_is_found_by_address_whatever_its_case(postvak: Postvak) -> None:
    send(postvak.port, "Fatima@School.example")
    send(postvak.port, "peter@school.example")
    assert [bericht.aan for bericht in postvak.voor("fatima@school.EXAMPLE")] == ["Fatima@School.example"]


def test_451_refuses_for_now_and_the_next_try_arrives(postvak: Postvak) -> None:
    postvak.storing = Storing("451", keer=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(postvak.port)
    assert refused.value.recipients["fatima@school.example"][0] == 451
    send(postvak.port)
    assert len(postvak.berichten) == 1


def test_550_refuses_one_address_and_no_other(postvak: Postvak) -> None:
    postvak.storing = Storing("550", adres="weg@school.example")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(postvak.port, "weg@school.example")
    assert refused.value.recipients["weg@school.example"][0] == 550
    send(postvak.port)
    assert [bericht.aan for bericht in postvak.berichten] == ["fatima@school.example"]


def test_hanging_up_keeps_the_mail_but_the_sender_never_hears_it(postvak: Postvak) -> None:
    """A retry then makes two deliveries of one Message-ID (D17)."""
    postvak.storing = Storing("verbreken", keer=1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(postvak.port)
    send(postvak.port)
    assert [bericht.message_id for bericht in postvak.berichten] == ["<1@portal.example>"] * 2


def test_only_the_newest_mails_are_kept() -> None:
    postvak = Postvak(limit=2)
    postvak.start()
    for number in range(3):
        send(postvak.port, message_id=f"<{number}@portal.example>")
    postvak.stop()
    assert [bericht.message_id for bericht in postvak.berichten] == ["<1@portal.example>", "<2@portal.example>"]


def test_mail_survives_a_restart_and_a_line_cut_off_by_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "postvak.jsonl"
    first = Postvak(path)
    first.start()
    send(first.port)
    first.stop()
    with path.open("a") as file:
        file.write('{"id": 2, "message')
    second = Postvak(path)
    second.start()
    send(second.port, message_id="<2@portal.example>")
    second.stop()
    assert [bericht.id for bericht in Postvak(path).berichten] == [1, 2]


def test_a_mail_that_cannot_be_decoded_is_shown_as_it_came(postvak: Postvak) -> None:
    with smtplib.SMTP("127.0.0.1", postvak.port, timeout=10) as client:
        client.sendmail(
            "a@b.example", ["c@d.example"], b"Content-Type: text/plain; charset=bestaat-niet\r\n\r\nhallo \xff"
        )
    assert "hallo" in postvak.berichten[0].tekst


def test_the_page_lists_newest_first_and_counts_distinct_mails(wereld: Wereld) -> None:
    for message_id in ("<1@portal.example>", "<1@portal.example>", "<2@portal.example>"):
        send(wereld.config.smtp_port, message_id=message_id)
    send(wereld.config.smtp_port, "peter@school.example", "<3@portal.example>")
    data = json.loads(open_page(wereld.url("/postvak/berichten.json?aan=fatima@school.example")).body)
    assert (data["aantal"], data["verschillend"]) == (3, 2)
    assert data["berichten"][0]["message_id"] == "<2@portal.example>"
    assert set(data["berichten"][0]) == {"id", "message_id", "aan", "van", "onderwerp", "tekst", "ontvangen"}
    page = open_page(wereld.url("/postvak/?aan=fatima@school.example"))
    assert "3 berichten aan fatima@school.example, waarvan 2 verschillende" in page.body
    assert "één dag geldig" in page.body


def test_a_mail_has_its_own_page_with_links_that_work(wereld: Wereld) -> None:
    send(wereld.config.smtp_port)
    bericht = wereld.program.postvak.berichten[-1]
    page = open_page(wereld.url(f"/postvak/{bericht.id}/"))
    assert 'href="http://127.0.0.1:8000/inloggen/"' in page.body
    assert open_page(wereld.url("/postvak/999999/")).status == 404


def test_a_fault_is_set_and_mail_thrown_away_over_http(wereld: Wereld) -> None:
    send(wereld.config.smtp_port)
    open_page(wereld.url("/postvak/storing"), {"soort": "451", "adres": "fatima@school.example", "keer": "2"})
    assert wereld.program.postvak.storing == Storing("451", "fatima@school.example", 2)
    assert "nog 2 keer" in open_page(wereld.url("/postvak/")).body
    assert open_page(wereld.url("/postvak/leeg/"), {}).status == 200
    assert wereld.program.postvak.berichten == []


@pytest.mark.parametrize("form", [{"soort": "999"}, {"soort": "451", "keer": "0"}, {"soort": "451", "keer": "²"}])
def test_an_impossible_fault_is_refused(wereld: Wereld, form: dict[str, str]) -> None:
    assert open_page(wereld.url("/postvak/storing"), form).status == 400
