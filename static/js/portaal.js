// Makes pages pleasanter; every page works without it too. No inline code and no eval: CSP is default-src 'self'.
(() => {
  "use strict";

  // After a refused form the attention goes to the list of what must be corrected.
  document.querySelector("[data-foutoverzicht]")?.focus();

  for (const knop of document.querySelectorAll("[data-afdrukken]")) {
    knop.hidden = false;
    knop.addEventListener("click", () => window.print());
  }

  // R17, D12: two minutes before the end a dialogue extends the session in place, so nothing typed is lost.
  const lichaam = document.body.dataset;
  const venster = document.querySelector("[data-sessie]");
  const kanaal = venster && new BroadcastChannel("sessie");
  const afwijking = Date.now() - Date.parse(lichaam.nu); // the visitor's clock may be wrong: reckon with the server's
  let einde = 0;
  let absoluut = 0;
  let vorige = Infinity;
  let gesloten = 0; // the end for which the visitor has put the last warning away

  const inWoorden = (seconden) => {
    const minuten = Math.floor(seconden / 60);
    const rest = seconden % 60;
    const delen = [];
    if (minuten) delen.push(minuten === 1 ? "1 minuut" : `${minuten} minuten`);
    if (rest || !minuten) delen.push(rest === 1 ? "1 seconde" : `${rest} seconden`);
    return delen.join(" en ");
  };

  const takeOver = (nieuwEinde, nieuwAbsoluut) => {
    if (!venster || !(Date.parse(nieuwEinde) > einde)) return;
    einde = Date.parse(nieuwEinde);
    absoluut = Date.parse(nieuwAbsoluut);
    const tijd = document.querySelector("[data-sessie-tijd]");
    tijd.dateTime = nieuwEinde;
    tijd.textContent = new Date(einde)
      .toLocaleTimeString("nl-NL", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Amsterdam" })
      .replace(":", ".");
  };

  const showFase = (fase) => {
    for (const deel of venster.querySelectorAll("[data-fase]")) deel.hidden = deel.dataset.fase !== fase;
    if (!venster.open) venster.showModal();
  };

  const announce = (tekst) => {
    venster.querySelector("[data-sessie-status]").textContent = tekst;
  };

  const tick = () => {
    const over = Math.ceil((einde - Date.now() + afwijking) / 1000);
    const grens = [120, 60, 30, 10].find((g) => over <= g && vorige > g);
    vorige = over;
    if (over > 120) {
      if (venster.open) venster.close();
    } else if (over <= 0) {
      clearInterval(klok);
      announce("");
      showFase("voorbij");
    } else if (gesloten !== einde) {
      showFase(einde < absoluut ? "verlengen" : "laatste");
      for (const teller of venster.querySelectorAll("[data-sessie-teller]")) teller.textContent = inWoorden(over);
      if (grens) announce(`Nog ${inWoorden(over)}.`);
    }
  };

  const extend = async (form) => {
    try {
      const antwoord = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
      if (antwoord.redirected || [401, 403].includes(antwoord.status)) {
        einde = 0; // ended elsewhere: logged out in another tab, or unlinked
      } else {
        const { sessie_einde, sessie_absoluut_einde } = await antwoord.json();
        takeOver(sessie_einde, sessie_absoluut_einde);
        kanaal.postMessage([sessie_einde, sessie_absoluut_einde]);
      }
      tick();
    } catch {
      announce("Verlengen lukt nu niet. Probeer het nog een keer.");
    }
  };

  let klok;
  if (venster) {
    takeOver(lichaam.sessieEinde, lichaam.sessieAbsoluut);
    const form = venster.querySelector("[data-sessie-verlengen]");
    form.addEventListener("submit", (e) => { e.preventDefault(); extend(form); });
    venster.addEventListener("cancel", (e) => {
      if (einde >= absoluut || vorige <= 0) return;
      e.preventDefault(); // Escape is activity too
      extend(form);
    });
    venster.addEventListener("close", () => { if (vorige <= 120) gesloten = einde; });
    // Another tab of the same session that loads or extends gives this one more time as well.
    kanaal.addEventListener("message", (e) => { takeOver(...e.data); tick(); });
    kanaal.postMessage([lichaam.sessieEinde, lichaam.sessieAbsoluut]);
    document.addEventListener("visibilitychange", tick);
    klok = setInterval(tick, 1000);
    tick();
  }

  // Filtering while typing: the same GET form, of which only the box with results is replaced.
  for (const form of document.querySelectorAll("form[data-filter]")) {
    const vak = form.dataset.filter;
    let wacht;
    let bezig;
    const load = async () => {
      const url = new URL(form.action || location.href);
      url.search = new URLSearchParams(new FormData(form)).toString();
      bezig?.abort();
      bezig = new AbortController();
      try {
        const antwoord = await fetch(url, { signal: bezig.signal, credentials: "same-origin" });
        const pagina = new DOMParser().parseFromString(await antwoord.text(), "text/html");
        const nieuw = pagina.getElementById(vak);
        if (antwoord.redirected || !antwoord.ok || !nieuw) return void form.submit();
        document.getElementById(vak).replaceWith(document.adoptNode(nieuw));
        const status = document.querySelector("[data-status]");
        if (status) status.textContent = nieuw.dataset.samenvatting ?? "";
        takeOver(pagina.body.dataset.sessieEinde, pagina.body.dataset.sessieAbsoluut);
        history.replaceState(null, "", url);
      } catch (e) {
        if (e.name !== "AbortError") form.submit();
      }
    };
    form.addEventListener("input", () => { clearTimeout(wacht); wacht = setTimeout(load, 250); });
    form.addEventListener("submit", (e) => { e.preventDefault(); clearTimeout(wacht); load(); });
  }
})();
