// Keeps the codes current in place; without JavaScript the page reloads itself.
const list = document.getElementById("codes");

async function refresh() {
  const rows = await (await fetch(list.dataset.bron)).json();
  for (const { label, code, seconden } of rows) {
    const shown = [...list.querySelectorAll(".code")].find((element) => element.dataset.label === label);
    if (!shown) continue;
    shown.textContent = code;
    shown.nextElementSibling.textContent = `nog ${seconden} seconden`;
  }
}

if (list) setInterval(() => refresh().catch(() => undefined), 1000);
