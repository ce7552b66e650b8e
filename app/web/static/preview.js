// Shows what the check of a form would say while it is filled in; without it, the form is checked in its next step.
const form = document.querySelector("form[data-preview]");
const place = document.getElementById("preview");
let wait, newest = 0;
async function show() {
  const mine = ++newest, sent = new URLSearchParams(new FormData(form));
  sent.delete("form_key");
  let parts = [];
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent });
    if (answer.ok) {
      const told = new DOMParser().parseFromString(await answer.text(), "text/html");
      parts = [...told.querySelectorAll("p.sentence, main svg[role=img], ul.checks")];
    }
  } catch { /* the next step checks it */ }
  if (mine !== newest) return;
  place.hidden = !parts.length;
  place.querySelector("div").replaceChildren(...parts.map((one) => document.importNode(one, true)));
}
form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(show, 400); });
show();
