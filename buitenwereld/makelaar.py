"""The makelaar's pages: from a checked AuthnRequest, through a persona's login, to the answer for the portal."""

import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from buitenwereld.authnrequest import AuthnRequest, Incoming, accept, read_post, read_redirect
from buitenwereld.config import Config
from buitenwereld.fouten import FOUTEN, by_group
from buitenwereld.keuring.bouwstenen import Sleutelbos, Toneel, certificate_key, key_of, posted
from buitenwereld.keuring.geval import Geval, Inzending
from buitenwereld.keys import Keys
from buitenwereld.personas import Organisatie, Persona
from buitenwereld.safexml import Refused
from buitenwereld.saml import (
    HM_ENTITY_ID,
    LEVELS,
    Answer,
    build_metadata,
    build_response,
    build_status_response,
    pseudonym,
)
from buitenwereld.spmetadata import MetadataSource

KVK = re.compile(r"[0-9]{8}")
VESTIGINGSNR = re.compile(r"[0-9]{12}")
MAX_ATTEMPTS = 1000
MAX_KEPT = 20
ATTEMPT_LIFETIME = timedelta(minutes=15)


@dataclass(slots=True)
class Attempt:
    """One login under way: the request to answer, when it came in, and who logged in."""

    asked: AuthnRequest
    since: datetime
    persona: Persona | None = None


@dataclass(slots=True)
class Bewaard:
    """An answer that may be sent more than once; who opens its page again gets what the case sends the second time."""

    asked: AuthnRequest
    geval: Geval
    toneel: Toneel
    first: Inzending
    opened: bool = False


class Makelaar:
    """State and views of the makelaar. Attempts live in memory only: after a restart one begins again at the portal."""

    def __init__(self, config: Config, keys: Keys, personas: dict[str, Persona]) -> None:
        self._config = config
        self._keys = keys
        self._personas = personas
        self._metadata = build_metadata(sso_url=config.sso_url, signers=keys.hm)
        self._source = MetadataSource(config.sp_metadata, fallback_service_id=config.service_id)
        self._attempts: OrderedDict[str, Attempt] = OrderedDict()
        self._kept: OrderedDict[str, Bewaard] = OrderedDict()
        self._lock = threading.Lock()
        self.blueprint = Blueprint("makelaar", __name__, url_prefix="/makelaar")
        add = self.blueprint.add_url_rule
        add("/", "home", self.home)
        add("/metadata", "metadata", self.metadata)
        add("/sso", "sso", self.sso, methods=["GET", "POST"])
        add("/inloggen/<handle>/", "inloggen", self.inloggen, methods=["GET", "POST"])
        add("/nogmaals/<handle>/", "nogmaals", self.nogmaals)
        add("/keuze/<handle>/", "keuze", self.keuze, methods=["GET", "POST"])

    def home(self) -> str:
        """What this is, and who can log in."""
        return render_template("makelaar.html", personas=self._personas.values(), sso_url=self._config.sso_url)

    def metadata(self) -> Response:
        """Signed metadata for the portal."""
        return Response(self._metadata, mimetype="application/samlmetadata+xml")

    def sso(self) -> AnyResponse:
        """Take a request (HTTP-Redirect or HTTP-POST); a refused one is a page with status 400."""
        if request.method == "POST":
            incoming = read_post(request.form.get("SAMLRequest", ""), request.form.get("RelayState", ""))
        else:
            incoming = read_redirect(request.query_string)
        attempt = Attempt(self._accept(incoming), datetime.now(UTC))
        handle = secrets.token_urlsafe(16)
        with self._lock:
            self._attempts[handle] = attempt
            while len(self._attempts) > MAX_ATTEMPTS:
                self._attempts.popitem(last=False)
        return redirect(url_for("makelaar.inloggen", handle=handle), 303)

    def inloggen(self, handle: str) -> AnyResponse | str:
        """Log in with the middel: its own three fields, filled in for the chosen persona."""
        attempt = self._attempt(handle)
        typed: dict[str, str] = {}
        if request.method == "POST":
            if request.form.get("actie") == "annuleren":
                return self._cancel(handle)
            typed = {name: request.form.get(name, "").strip() for name in ("gebruikersnaam", "wachtwoord", "smscode")}
            attempt.persona = self._persona_of(typed)
            if attempt.persona:
                return redirect(url_for("makelaar.keuze", handle=handle), 303)
        chosen = self._personas.get(request.args.get("persona", ""))
        return render_template(
            "inloggen.html",
            handle=handle,
            asked=attempt.asked,
            personas=self._personas.values(),
            chosen=chosen,
            typed=typed,
        )

    def keuze(self, handle: str) -> AnyResponse | str:
        """Choose organisation, level and what should be odd about the answer."""
        attempt = self._attempt(handle)
        if attempt.persona is None:
            return redirect(url_for("makelaar.inloggen", handle=handle), 303)
        mistakes: dict[str, str] = {}
        if request.method == "POST":
            if request.form.get("actie") == "annuleren":
                return self._cancel(handle)
            mistakes = self._mistakes()
            if not mistakes:
                return self._answer(handle, attempt.persona)
        return render_template(
            "keuze.html",
            persona=attempt.persona,
            asked=attempt.asked,
            levels=LEVELS,
            fouten=by_group(),
            keys=len(self._keys.hm),
            mistakes=mistakes,
            typed=request.form,
        )

    def _accept(self, incoming: Incoming) -> AuthnRequest:
        """Check against the metadata we have, and once more against fresh metadata: the portal may have a new key."""
        now = datetime.now(UTC)
        try:
            return accept(incoming, self._source.get(), sso_url=self._config.sso_url, now=now)
        except Refused:
            return accept(incoming, self._source.get(fresh=True), sso_url=self._config.sso_url, now=now)

    def _attempt(self, handle: str) -> Attempt:
        attempt = self._attempts.get(handle)
        if attempt is None or datetime.now(UTC) - attempt.since > ATTEMPT_LIFETIME:
            raise Refused("Deze inlogpoging is klaar of verlopen. Begin opnieuw op de website waar u wilt inloggen.")
        return attempt

    def _finish(self, handle: str) -> AuthnRequest:
        """Take the attempt out, so that one request gets one answer."""
        with self._lock:
            attempt = self._attempts.pop(handle, None)
        if attempt is None:
            raise Refused("Deze inlogpoging is al klaar.")
        return attempt.asked

    def _persona_of(self, typed: dict[str, str]) -> Persona | None:
        for persona in self._personas.values():
            if typed == {
                "gebruikersnaam": persona.gebruikersnaam,
                "wachtwoord": persona.wachtwoord,
                "smscode": persona.smscode,
            }:
                return persona
        return None

    def _mistakes(self) -> dict[str, str]:
        """What is wrong with the form of `keuze`, by field."""
        mistakes = {}
        if not KVK.fullmatch(self._kvk()):
            mistakes["ander_kvk"] = "Kies een organisatie of vul een KvK-nummer van 8 cijfers in."
        if request.form.get("niveau") not in LEVELS:
            mistakes["niveau"] = "Kies een niveau."
        if (nummer := request.form.get("vestigingsnr", "").strip()) and not VESTIGINGSNR.fullmatch(nummer):
            mistakes["vestigingsnr"] = "Een vestigingsnummer heeft 12 cijfers."
        if (fout := request.form.get("fout", "")) and fout not in FOUTEN:
            mistakes["fout"] = "Kies een fout uit de lijst."
        return mistakes

    def _kvk(self) -> str:
        return request.form.get("ander_kvk", "").strip() or request.form.get("kvk", "")

    def _answer(self, handle: str, persona: Persona) -> AnyResponse | str:
        asked = self._finish(handle)
        kvk = self._kvk()
        names = {organisatie.kvk: organisatie for organisatie in persona.organisaties}
        fout = FOUTEN.get(request.form.get("fout", ""))
        if fout and fout.codes:
            return self._send_status(asked, fout.codes, "The request could not be answered.")
        pseudo = pseudonym(self._keys.secret, asked.sp.oin, persona.id, kvk)
        if fout and fout.geval:
            return self._play(asked, fout.geval, self._toneel(asked, pseudo, kvk), again=fout.vaker)
        answer = Answer(
            in_response_to=asked.id,
            destination=asked.acs_url,
            reader=asked.sp.reader,
            audience=asked.sp.entity_id,
            service_id=asked.service_id,
            pseudonym=pseudo,
            kvk=kvk,
            company=names.get(kvk, Organisatie(kvk, f"Organisatie {kvk}")).naam,
            now=datetime.now(UTC),
            loa=LEVELS[request.form["niveau"]],
            vestigingsnr=request.form.get("vestigingsnr", "").strip(),
            gcm="gcm" in request.form,
        )
        signer = self._keys.hm[-1] if "tweede_sleutel" in request.form else self._keys.hm[0]
        advice = (self._keys.ad, self._keys.mr) if "advies" in request.form else None
        return self._send(asked, Inzending(posted(build_response(answer, signer=signer, advice=advice))))

    def _toneel(self, asked: AuthnRequest, pseudoniem: str, kvk: str) -> Toneel:
        """The stage on which the keuring's cases are made, with our own keys."""
        now, reader = datetime.now(UTC), asked.sp.reader
        own = {"hm": key_of(self._keys.hm[0]), "ad": key_of(self._keys.ad), "mr": key_of(self._keys.mr)}
        return Toneel(
            now=now,
            dv=asked.sp.entity_id,
            dienst=asked.service_id,
            acs=asked.acs_url,
            hm=HM_ENTITY_ID,
            request_id=asked.id,
            pseudoniem=pseudoniem,
            kvk=kvk,
            key=Sleutelbos({**own, "sp": certificate_key(reader.cert_pem, reader.key_name)}, now),
        )

    def _play(self, asked: AuthnRequest, geval: Geval, toneel: Toneel, *, again: bool) -> AnyResponse | str:
        inzending = geval.inzending(toneel)
        if not again:
            return self._send(asked, inzending)
        handle = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[handle] = Bewaard(asked, geval, toneel, inzending)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return redirect(url_for("makelaar.nogmaals", handle=handle), 303)

    def nogmaals(self, handle: str) -> str:
        """An answer to send by hand: at once, later, or from another browser that opens this address."""
        kept = self._kept.get(handle)
        if kept is None:
            raise Refused("Dit antwoord wordt niet meer bewaard. Begin opnieuw.")
        inzending = kept.geval.opnieuw(kept.first, kept.toneel) if kept.opened else kept.first
        kept.opened = True
        return self._send(kept.asked, inzending, by_hand=kept.geval.tekst)

    def _cancel(self, handle: str) -> str:
        return self._send_status(self._finish(handle), ("Responder", "AuthnFailed"), "The user cancelled.")

    def _send_status(self, asked: AuthnRequest, codes: tuple[str, str], message: str) -> str:
        response = build_status_response(
            in_response_to=asked.id,
            destination=asked.acs_url,
            codes=codes,
            message=message,
            signer=self._keys.hm[0],
            now=datetime.now(UTC),
        )
        return self._send(asked, Inzending(posted(response)))

    def _send(self, asked: AuthnRequest, inzending: Inzending, *, by_hand: str = "") -> str:
        place = urlsplit(asked.acs_url)
        g.form_action = f"{place.scheme}://{place.netloc}"
        return render_template("verder.html", asked=asked, inzending=inzending, by_hand=by_hand)
