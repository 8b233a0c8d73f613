"""The web application: home, postvak and sleutel pages, the makelaar's blueprint, and one way to say no."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, jsonify, redirect, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from buitenwereld.makelaar import Makelaar
from buitenwereld.postvak import SOORTEN, Bericht, Postvak, Storing
from buitenwereld.safexml import MAX_BYTES, Refused
from buitenwereld.sleutels import Sleutels

SHOWN = 200
MAX_LABEL = 80
MESSAGES = {403: "Dit mag niet vanaf een andere website.", 404: "Deze pagina bestaat niet.", 413: "Dit is te groot."}


def create_app(makelaar: Makelaar, postvak: Postvak, sleutels: Sleutels) -> Flask:
    """Put the three parts on one site."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.url_map.strict_slashes = False
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(makelaar.blueprint)
    app.before_request(_refuse_other_sites)
    app.after_request(_add_headers)
    app.register_error_handler(Refused, _show_refusal)
    app.register_error_handler(HTTPException, _show_http_error)
    app.add_url_rule("/", "home", lambda: render_template("home.html"))
    _add_postvak(app, postvak)
    _add_sleutels(app, sleutels)
    return app


def _add_postvak(app: Flask, postvak: Postvak) -> None:
    @app.get("/postvak/")
    def postvak_lijst() -> str:
        aan = request.args.get("aan", "").strip()
        found = postvak.voor(aan)
        return render_template(
            "postvak.html",
            aan=aan,
            adressen=sorted({bericht.aan for bericht in postvak.berichten}, key=str.lower),
            berichten=found[: -SHOWN - 1 : -1],
            aantal=len(found),
            verschillend=_distinct(found),
            storing=postvak.storing,
            soorten=SOORTEN,
        )

    @app.get("/postvak/berichten.json")
    def postvak_json() -> Response:
        found = postvak.voor(request.args.get("aan", "").strip())
        fields = ("id", "message_id", "aan", "van", "onderwerp", "tekst", "ontvangen")
        rows = [{field: getattr(bericht, field) for field in fields} for bericht in reversed(found)]
        return jsonify({"aantal": len(found), "verschillend": _distinct(found), "berichten": rows})

    @app.get("/postvak/<int:bericht_id>/")
    def postvak_bericht(bericht_id: int) -> str:
        bericht = next((one for one in postvak.berichten if one.id == bericht_id), None)
        if bericht is None:
            abort(404)
        return render_template("bericht.html", bericht=bericht)

    @app.post("/postvak/storing")
    def postvak_storing() -> AnyResponse:
        soort, keer = request.form.get("soort", ""), request.form.get("keer", "").strip()
        if soort not in SOORTEN or (keer and not (keer.isascii() and keer.isdigit() and 0 < int(keer[:7]) < 10**6)):
            raise Refused("Kies een storing uit de lijst, en een aantal vanaf 1.")
        postvak.storing = Storing(soort, request.form.get("adres", "").strip(), int(keer) if keer else None)
        return redirect(url_for("postvak_lijst"), 303)

    @app.post("/postvak/leeg/")
    def postvak_leeg() -> AnyResponse:
        postvak.leeg()
        return redirect(url_for("postvak_lijst"), 303)


def _add_sleutels(app: Flask, sleutels: Sleutels) -> None:
    @app.get("/sleutel/")
    def sleutel() -> str:
        codes = sleutels.codes(datetime.now(UTC))
        return render_template("sleutel.html", codes=codes, ververs=min((code.seconden for code in codes), default=30))

    @app.get("/sleutel/codes.json")
    def sleutel_json() -> Response:
        codes = sleutels.codes(datetime.now(UTC))
        return jsonify([{"label": c.label, "code": c.code, "seconden": c.seconden} for c in codes])

    @app.route("/sleutel/toevoegen/", methods=["GET", "POST"])
    def sleutel_toevoegen() -> AnyResponse | str | tuple[str, int]:
        if request.method == "GET":
            return render_template("sleutel_toevoegen.html", mistake="", label="")
        label = request.form.get("label", "").strip()[:MAX_LABEL] or "Mijn sleutel"
        try:
            sleutels.add(label, request.form.get("geheim", "").strip())
        except ValueError:
            mistake = "Dit is geen geheime sleutel. Plak de letters en cijfers onder de QR-code."
            return render_template("sleutel_toevoegen.html", mistake=mistake, label=label), 400
        return redirect(url_for("sleutel"), 303)

    @app.post("/sleutel/weg/")
    def sleutel_weg() -> AnyResponse:
        sleutels.remove(request.form.get("label", ""))
        return redirect(url_for("sleutel"), 303)


def _distinct(berichten: list[Bericht]) -> int:
    """How many mails there are when one that was delivered twice counts once (D17)."""
    return len({bericht.message_id or bericht.id for bericht in berichten})


def _refuse_other_sites() -> None:
    """A form on another site changes nothing here; only the SSO address is meant for them."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and request.endpoint != "makelaar.sso" and origin:
        host = urlsplit(request.host_url)
        if origin != f"{host.scheme}://{host.netloc}":
            abort(403)


def _add_headers(response: Response) -> Response:
    form_action = " ".join(["'self'", *([g.form_action] if "form_action" in g else [])])
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; form-action {form_action}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-cache, no-store"
        response.headers["Pragma"] = "no-cache"
    return response


def _show_refusal(error: Refused) -> tuple[str, int]:
    return render_template("fout.html", melding=str(error)), 400


def _show_http_error(error: HTTPException) -> AnyResponse | tuple[str, int]:
    if error.code is None or error.code < 400:  # noqa: PLR2004  redirects of the router are exceptions too
        return error.get_response()
    return render_template("fout.html", melding=MESSAGES.get(error.code, "Dit verzoek klopt niet.")), error.code
