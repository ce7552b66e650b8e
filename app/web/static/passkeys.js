// Asks the device for a passkey and lets an ordinary form bring its answer. Without this script the page tells of links.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

const asked = {
  async create(options) {
    const user = { ...options.user, id: bytes(options.user.id) };
    const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials: known(options.excludeCredentials) };
    const made = await navigator.credentials.create({ publicKey });
    return [made, { attestationObject: text(made.response.attestationObject) }];
  },
  async get(options) {
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
    const made = await navigator.credentials.get({ publicKey });
    const { authenticatorData, signature, userHandle } = made.response;
    const handle = userHandle ? { userHandle: text(userHandle) } : {};
    return [made, { authenticatorData: text(authenticatorData), signature: text(signature), ...handle }];
  },
};

async function answer(form) {
  const told = await fetch(form.dataset.options, { method: "POST" });
  if (!told.ok) throw new Error(told.statusText);
  const [made, response] = await asked[form.dataset.passkey](await told.json());
  const clientDataJSON = text(made.response.clientDataJSON);
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: { clientDataJSON, ...response } });
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const problem = form.querySelector("[role=alert]");
    form.hidden = false;
    document.querySelectorAll(".no-passkey").forEach((one) => (one.hidden = true));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.textContent = "";
      try {
        form.elements.answer.value = await answer(form);
        form.submit();
      } catch (error) {
        problem.textContent = error.name === "InvalidStateError" ? form.dataset.known : form.dataset.failed;
      }
    });
  }
}
