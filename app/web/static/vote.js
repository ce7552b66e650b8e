// A secret ballot in the browser: a pass that the registrar signs without seeing it, a ballot that nobody can trace.
//
// One file without dependencies, served as it is written, so that it can be read and its hash compared with the one in
// the poll's manifest. What it makes is described, byte for byte, in governance/secret/formats.py. The blind signature
// is RFC 9474, RSABSSA-SHA384-PSS-Randomized. There is no secret exponent here: a mistake in the arithmetic makes
// `finalize` fail, and all that has to be secret comes from crypto.getRandomValues.

const PASS = "vestry-vote pass v1\n";
const BALLOT = "vestry-vote ballot v1\n";
const RECORD = "vestry-vote record v1\n";
const RECEIPT = "vestry-vote receipt v1\n";
const SUITE = "RSABSSA-SHA384-PSS-Randomized";
const LINE_BYTES = 4096;
const MANY = 2000; // of a larger box one asks for the part with one's own ballot
const SALT_BYTES = 48;
const PREFIX_BYTES = 32;
const HASH_BYTES = 48;
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const ECDSA = { name: "ECDSA", hash: "SHA-256" };

// ---- bytes

const utf8 = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const digest = async (name, bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
export const sha256 = async (bytes) => hex(await digest("SHA-256", bytes));

export function unbase64(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (base64(bytes) !== text) throw new Error("This is no base64 in its one form.");
  return bytes;
}

function joined(...parts) {
  const bytes = parts.map((part) => (typeof part === "string" ? utf8(part) : part));
  const whole = new Uint8Array(bytes.reduce((length, part) => length + part.length, 0));
  bytes.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

// ---- JSON in its one form: sorted ASCII keys, no spaces, whole numbers

export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value).sort();
    if (keys.some((key) => /[^\x00-\x7f]/.test(key))) throw new Error("A key is ASCII text.");
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  const fits = { string: () => !/\p{Cs}/u.test(value), number: () => Number.isSafeInteger(value), boolean: () => true };
  if (value !== null && !fits[typeof value]?.()) throw new Error("There are texts, whole numbers, true, false and null.");
  return JSON.stringify(value);
}

export function readCanonical(text) {
  const value = JSON.parse(text);
  if (canonical(value) !== text) throw new Error("The JSON is not in its one form.");
  return value;
}

// ---- numbers

const toNumber = (bytes) => BigInt(`0x${hex(bytes)}`);
const toBytes = (number, length) => unhex(number.toString(16).padStart(2 * length, "0"));

function power(base, exponent, n) {
  let result = 1n;
  for (; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return result;
}

function inverseOf(number, n) {
  let [a, b, x, y] = [number, n, 1n, 0n];
  while (b) {
    const times = a / b;
    [a, b, x, y] = [b, a - times * b, y, x - times * y];
  }
  if (a !== 1n) throw new Error("The registrar's key is not the product of two large primes.");
  return ((x % n) + n) % n;
}

// Evenly from 2 to n - 1: whatever is out of range is drawn again, never folded back
export function randomBelow(n, length) {
  for (;;) {
    const number = toNumber(random(length));
    if (number > 1n && number < n) return number;
  }
}

// ---- blind signatures

// The registrar's key from its SubjectPublicKeyInfo, in base64.
export async function rsaKey(spki) {
  const scheme = { name: "RSA-PSS", hash: "SHA-384" };
  const key = await crypto.subtle.importKey("spki", unbase64(spki), scheme, true, ["verify"]);
  const jwk = await crypto.subtle.exportKey("jwk", key);
  const number = (text) => toNumber(Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)));
  const n = number(jwk.n);
  const bits = n.toString(2).length;
  if (number(jwk.e) !== 65537n || !(n & 1n)) throw new Error("The registrar's key is not one of ours.");
  return { key, n, e: 65537n, bits, length: Math.ceil(bits / 8) };
}

export const prepareRandomize = (message, prefix = random(PREFIX_BYTES)) => joined(prefix, message);

// EMSA-PSS-ENCODE with SHA-384 and MGF1-SHA-384 (RFC 8017, 9.1.1); `bits` is one less than the key has.
export async function pssEncode(message, bits, salt) {
  const length = Math.ceil(bits / 8);
  const hash = await digest("SHA-384", joined(new Uint8Array(8), await digest("SHA-384", message), salt));
  const block = joined(new Uint8Array(length - salt.length - HASH_BYTES - 2), Uint8Array.of(1), salt);
  for (let counter = 0; counter * HASH_BYTES < block.length; counter++) {
    const mask = await digest("SHA-384", joined(hash, toBytes(BigInt(counter), 4)));
    for (let at = 0; at < HASH_BYTES && counter * HASH_BYTES + at < block.length; at++) block[counter * HASH_BYTES + at] ^= mask[at];
  }
  block[0] &= 0xff >> (8 * length - bits);
  return joined(block, hash, Uint8Array.of(0xbc));
}

// What the registrar is asked to sign, and the inverse that takes the blinding off again: keep it until then.
export async function blind(rsa, inputMsg, salt = random(SALT_BYTES), r = randomBelow(rsa.n, rsa.length)) {
  const encoded = toNumber(await pssEncode(inputMsg, rsa.bits - 1, salt));
  inverseOf(encoded, rsa.n);
  const mask = randomBelow(rsa.n, rsa.length); // so that the time it takes to invert tells nothing of r
  const inverse = (mask * inverseOf((r * mask) % rsa.n, rsa.n)) % rsa.n;
  return { blinded: toBytes((encoded * power(r, rsa.e, rsa.n)) % rsa.n, rsa.length), inverse };
}

export async function finalize(rsa, inputMsg, blindSig, inverse, saltLength = SALT_BYTES) {
  if (blindSig.length !== rsa.length) throw new Error("The registrar's answer has the wrong length.");
  const signature = toBytes((toNumber(blindSig) * inverse) % rsa.n, rsa.length);
  if (!(await verify(rsa, inputMsg, signature, saltLength))) throw new Error("The registrar's answer makes no pass.");
  return signature;
}

export const verify = (rsa, inputMsg, signature, saltLength = SALT_BYTES) =>
  crypto.subtle.verify({ name: "RSA-PSS", saltLength }, rsa.key, signature, inputMsg);

// ---- a poll

// The manifest of a poll from its bytes: compare `fingerprint` with the one in the mail.
export async function openManifest(bytes) {
  const manifest = readCanonical(textOf(bytes));
  if (manifest.v !== 1 || manifest.suite !== SUITE) throw new Error("This page knows only polls of version 1.");
  const hash = await sha256(bytes);
  const keys = await Promise.all(manifest.registrars.map((one) => rsaKey(one.spki)));
  if (keys.some((key) => key.bits !== manifest.rsa_bits)) throw new Error("A registrar's key has not the size announced.");
  const box = await crypto.subtle.importKey("spki", unbase64(manifest.box_key), P256, true, ["verify"]);
  return { ...manifest, hash, keys, box, fingerprint: hash.slice(0, 20).match(/..../g).join(" ") };
}

const passMsg = (poll, pk) => joined(PASS, unhex(poll), pk);
export const passId = (inputMsg) => sha256(inputMsg);
export const recordId = (inputMsg, ballot) => sha256(joined(RECORD, inputMsg, ballot));

// XXXX-XXXX-XXXX-XXXX: 80 bits of the pass id, five to a letter.
export function trackingCode(id) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = BigInt(`0x${id.slice(0, 20)}`).toString(2).padStart(80, "0");
  return bits.match(/.{5}/g).map((five) => letters[parseInt(five, 2)]).join("").match(/..../g).join("-");
}

async function openKey(text) {
  const key = await crypto.subtle.importKey("pkcs8", unbase64(text), P256, true, ["sign"]);
  const { x, y } = await crypto.subtle.exportKey("jwk", key);
  const half = (part) => Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  return { key, pk: joined(Uint8Array.of(4), half(x), half(y)) };
}

// A request for a pass. Store it before sending `blinded`: the same request brings the same answer, however often.
export async function requestPass(manifest) {
  const pair = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const key = base64(new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)));
  const prefix = random(PREFIX_BYTES);
  const inputMsg = prepareRandomize(passMsg(manifest.hash, (await openKey(key)).pk), prefix);
  const made = await Promise.all(manifest.keys.map((rsa) => blind(rsa, inputMsg)));
  const inverses = made.map((one) => one.inverse.toString(16));
  return { v: 1, poll: manifest.hash, key, prefix: base64(prefix), blinded: made.map((one) => base64(one.blinded)), inverses };
}

// The pass that the registrars' answers make. Store it, and delete the request.
export async function finishPass(manifest, request, blindSigs) {
  const { poll, key, prefix, inverses } = request;
  if (poll !== manifest.hash || blindSigs.length !== manifest.keys.length) throw new Error("This is for another poll.");
  const inputMsg = prepareRandomize(passMsg(poll, (await openKey(key)).pk), unbase64(prefix));
  const sign = async (rsa, at) => base64(await finalize(rsa, inputMsg, unbase64(blindSigs[at]), BigInt(`0x${inverses[at]}`)));
  return { v: 1, poll, key, prefix, pass_sigs: await Promise.all(manifest.keys.map(sign)), seq: 0 };
}

// A signed ballot, as the line to store and then to send. Send the stored line again if no answer comes; never re-sign.
export async function makeRecord(manifest, pass, choice, seq = pass.seq + 1) {
  if (pass.poll !== manifest.hash) throw new Error("This pass is for another poll.");
  if (!(seq >= 1 && seq <= manifest.max_seq)) throw new Error("This pass has been used as often as the poll allows.");
  const { key, pk } = await openKey(pass.key);
  const inputMsg = prepareRandomize(passMsg(pass.poll, pk), unbase64(pass.prefix));
  const signed = await Promise.all(manifest.keys.map((rsa, at) => verify(rsa, inputMsg, unbase64(pass.pass_sigs[at]))));
  if (!signed.every(Boolean)) throw new Error("This pass is not signed by every registrar of the poll.");
  const id = await passId(inputMsg);
  const ballot = canonical({ choice, pass: id, poll: pass.poll, seq });
  const sig = base64(new Uint8Array(await crypto.subtle.sign(ECDSA, key, joined(BALLOT, ballot))));
  const line = canonical({ ballot, pass_sigs: pass.pass_sigs, pk: base64(pk), prefix: pass.prefix, sig });
  return { line, seq, record: await recordId(inputMsg, ballot), code: trackingCode(id) };
}

// Every ballot is sent at the same length. Lines are ASCII: options have ids, and nothing else is written on a ballot.
export const padded = (line) => line.padEnd(LINE_BYTES, " ");

// ---- checks: is my vote counted?

// The batch that has to hold a record, by the box's signed answer {receipt, sig}.
export async function checkReceipt(manifest, answer, record) {
  const isSigned = await crypto.subtle.verify(ECDSA, manifest.box, unbase64(answer.sig), joined(RECEIPT, answer.receipt));
  if (!isSigned) throw new Error("The box of this poll did not sign this receipt.");
  const said = readCanonical(answer.receipt);
  if (said.poll !== manifest.hash || said.record !== record) throw new Error("The receipt is for another ballot.");
  return said.batch;
}

// The entries of log.json, if each names the one before it.
export async function readLog(text) {
  const lines = text.split("\n").slice(1, -2).map((line) => line.replace(/,$/, ""));
  if (text !== `[\n${lines.join(",\n")}\n]\n`) throw new Error("The log is not in its one form.");
  let prev = "0".repeat(64);
  const entries = lines.map(readCanonical);
  for (const [at, entry] of entries.entries()) {
    if (entry.prev !== prev) throw new Error(`The log is broken at line ${at + 2}.`);
    prev = await sha256(utf8(lines[at]));
  }
  return { entries, head: prev };
}

export const batchRoot = (records) => sha256(utf8([...records].sort().map((record) => `${record}\n`).join("")));

// Whether a sealed batch holds a record: null while it is not sealed.
export async function isSealed(entries, batch, hashes, record) {
  const entry = entries.find((one) => one.kind === "batch" && one.batch === batch);
  if (!entry) return null;
  if ((await sha256(utf8(hashes))) !== entry.root) throw new Error("The batch is not the one that was logged.");
  return hashes.split("\n").includes(record);
}

// What the published box says of a line: "counted", "outvoted" by a later ballot of the same pass, or "missing".
export function standing(line, box) {
  const ballotOf = (one) => JSON.parse(JSON.parse(one).ballot);
  const mine = ballotOf(line);
  const same = box.split("\n").filter((one) => one.includes(mine.pass)).filter((one) => ballotOf(one).pass === mine.pass);
  if (!same.some((one) => JSON.parse(one).ballot === JSON.parse(line).ballot)) return "missing";
  return same.some((one) => ballotOf(one).seq > mine.seq) ? "outvoted" : "counted";
}

// ---- a picture of a text that a phone's camera reads: QR code (ISO/IEC 18004), bytes, level L, mask 0, two sizes

const SIZES = [
  { version: 22, ecc: 28, blocks: 9, data: 1006, centres: [6, 26, 50, 74, 98] },
  { version: 31, ecc: 30, blocks: 16, data: 1843, centres: [6, 30, 56, 82, 108, 134] },
];

// The modules that are dark, as an SVG path of unit squares, and how many there are to a side.
export function picture(text) {
  const bytes = utf8(text);
  const form = SIZES.find((one) => bytes.length <= one.data - 3);
  if (!form) throw new Error("This is too long for a picture.");
  const side = 17 + 4 * form.version;
  const [dark, fixed] = [0, 0].map(() => new Uint8Array(side * side));
  const set = (x, y, on) => ((dark[y * side + x] = on), (fixed[y * side + x] = 1));
  const bits = [];
  const push = (value, length) => { while (length--) bits.push((value >> length) & 1); };
  push(4, 4), push(bytes.length, 16);
  for (const byte of bytes) push(byte, 8);
  push(0, 4);
  const words = Array.from({ length: form.data }, (_, at) => parseInt(bits.slice(8 * at, 8 * at + 8).join(""), 2));
  for (let at = bits.length / 8; at < form.data; at++) words[at] = (at - bits.length / 8) & 1 ? 17 : 236;

  const power = [], log = [];
  for (let at = 0, value = 1; at < 255; at++, value = value << 1 ^ (value & 128 && 285)) (power[at] = value), (log[value] = at);
  const times = (a, b) => a && b && power[(log[a] + log[b]) % 255];
  let divisor = [1];
  for (let at = 0; at < form.ecc; at++) divisor = [...divisor, 0].map((one, i) => one ^ times(divisor[i - 1] ?? 0, power[at]));
  const rest = (block) => {
    const left = [...block, ...Array(form.ecc).fill(0)];
    block.forEach((_, at) => { const lead = left[at]; divisor.forEach((one, i) => (left[at + i] ^= times(one, lead))); });
    return left.slice(block.length);
  };
  const small = Math.floor(form.data / form.blocks), long = form.data % form.blocks;
  const blocks = Array.from({ length: form.blocks }, (_, at) => words.splice(0, small + (at >= form.blocks - long)));
  const mixed = (lists) => Array.from({ length: Math.max(...lists.map((one) => one.length)) }, (_, at) => lists.map((one) => one[at])).flat();
  const stream = [...mixed(blocks), ...mixed(blocks.map(rest))].filter((one) => one !== undefined);

  const ring = (cx, cy, from, to, isDark) => {
    for (let y = -to; y <= to; y++) for (let x = -to; x <= to; x++) {
      const at = Math.max(Math.abs(x), Math.abs(y));
      if (at >= from && cx + x >= 0 && cy + y >= 0 && cx + x < side && cy + y < side) set(cx + x, cy + y, isDark(at));
    }
  };
  for (let at = 0; at < side; at++) set(6, at, ~at & 1), set(at, 6, ~at & 1);
  for (const [x, y] of [[3, 3], [side - 4, 3], [3, side - 4]]) ring(x, y, 0, 4, (at) => at !== 2 && at !== 4);
  const last = form.centres.length - 1;
  form.centres.forEach((y, i) => form.centres.forEach((x, j) => {
    if (!((!i && (!j || j === last)) || (i === last && !j))) ring(x, y, 0, 2, (at) => at !== 1);
  }));
  let check = form.version << 12;
  for (let at = 17; at > 11; at--) if (check >> at & 1) check ^= 0x1f25 << at - 12;
  for (let at = 0; at < 18; at++) {
    const on = (form.version << 12 | check) >> at & 1, a = side - 11 + at % 3, b = Math.floor(at / 3);
    set(a, b, on), set(b, a, on);
  }
  const about = 0x77c4; // level L, mask 0
  for (let at = 0; at < 15; at++) {
    const on = about >> at & 1;
    set(8, at < 6 ? at : at < 8 ? at + 1 : side - 15 + at, on);
    set(at < 8 ? side - 1 - at : at < 9 ? 7 : 14 - at, 8, on);
  }
  set(8, side - 8, 1);
  let at = 0;
  for (let right = side - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < side; step++) for (const x of [right, right - 1]) {
      const y = (right + 1) & 2 ? step : side - 1 - step;
      if (fixed[y * side + x]) continue;
      dark[y * side + x] = (at < 8 * stream.length ? stream[at >> 3] >> 7 - (at & 7) & 1 : 0) ^ ((x + y) % 2 === 0);
      at++;
    }
  }
  let path = "";
  dark.forEach((on, at) => { if (on) path += `M${at % side} ${Math.floor(at / side)}h1v1h-1z`; });
  return { side, path };
}

// ---- what the two pages do: the pass page of the service, and the page at the box

const shelf = () =>
  new Promise((done, fail) => {
    const asked = indexedDB.open("vestry-vote", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });

async function onShelf(mode, deed) {
  const whole = (await shelf()).transaction("kept", mode, { durability: "strict" });
  return new Promise((done, fail) => {
    const asked = deed(whole.objectStore("kept"));
    whole.oncomplete = () => done(asked.result);
    whole.onerror = whole.onabort = () => fail(whole.error);
  });
}

const url64 = (text) => text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const from64 = (text) => text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");

// A pass as it travels: a line without brackets, which fits into an address behind the #.
export const packed = ({ poll, key, prefix, pass_sigs }) => ["v1", poll, ...[key, prefix, ...pass_sigs].map(url64)].join(".");

// A pass from a file or from its line.
export function unpacked(text) {
  const given = text.trim();
  if (given.startsWith("{")) return JSON.parse(given);
  const [v, poll, ...rest] = given.split("#").pop().split(".");
  const [key, prefix, ...pass_sigs] = rest.map(from64);
  if (v !== "v1" || !pass_sigs.length) throw new Error("no_pass");
  return { v: 1, poll, key, prefix, pass_sigs, seq: 0 };
}

function start(page) {
  const all = (kind) => [...page.querySelectorAll(`[data-${kind}]`)];
  const first = (kind, name) => all(kind).find((one) => one.dataset[kind] === name);
  const part = (name) => first("part", name);
  const words = (name) => first("say", name)?.textContent;
  const put = (name, text) => all("out").filter((one) => one.dataset.out === name).forEach((one) => (one.textContent = text));
  const show = (...names) => all("part").forEach((one) => (one.hidden = !names.includes(one.dataset.part)));
  const focus = (name) => part(name)?.querySelector("[tabindex]")?.focus();
  const refused = (told) => new Error(told.type?.split(":").pop() ?? "lost", { cause: told.detail });
  const ask = (...what) => fetch(...what).catch(() => Promise.reject(new Error("lost")));
  const deeds = { print: () => (all("out").forEach((one) => one.closest("details")?.setAttribute("open", "")), print()) };
  let held = {};
  const keep = (more, poll = page.dataset.poll) => ((held = { ...held, ...more }), onShelf("readwrite", (store) => store.put(held, poll)));

  async function carry(deed, event) {
    event?.preventDefault();
    part("wrong").hidden = true;
    try {
      await deed();
    } catch (error) {
      put("wrong", words(error.message) ?? error.cause ?? error.message);
      part("wrong").hidden = false;
      part("wrong").focus();
    }
  }

  async function told(path, isText) {
    const answer = await ask(path, { credentials: "omit" });
    if (!answer.ok) throw new Error("lost");
    return isText ? answer.text() : new Uint8Array(await answer.arrayBuffer());
  }

  async function manifestOf(poll) {
    const manifest = await openManifest(await told(`/polls/${poll}/manifest.json`));
    if (manifest.hash !== poll) throw new Error("This is the manifest of another poll.");
    return manifest;
  }

  // ---- the service: one pass, made here and signed there

  function atRegistrar() {
    const { poll, box, names } = page.dataset;
    const state = () => {
      const { pass, request } = held;
      show(...(pass ? ["have", "hand"] : [request ? "again" : "fetch"]));
      if (!pass) return;
      const file = canonical({ ...pass, names: JSON.parse(names) });
      first("out", "file").href = `data:application/json;base64,${base64(utf8(file))}`;
      put("text", packed(pass));
      coded(pass).then((code) => put("code", code));
    };
    Object.assign(deeds, {
      async fetch() {
        const manifest = await manifestOf(poll);
        if (!held.request) await keep({ request: await requestPass(manifest) });
        const body = JSON.stringify({ blinded: held.request.blinded });
        const answer = await ask(`/polls/${poll}/pass`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        const said = await answer.json().catch(() => ({}));
        if (!answer.ok) {
          const refusal = refused(said);
          if (["already_issued", "issuing_closed"].includes(refusal.message)) await keep({ request: null }), state();
          throw refusal;
        }
        await keep({ pass: await finishPass(manifest, held.request, said.blind_sigs), request: null });
        navigator.storage?.persist?.();
        state();
        focus("have");
      },
      async safe() {
        held = await onShelf("readonly", (store) => store.get(poll));
        await makeRecord({ ...(await manifestOf(poll)), max_seq: 99 }, held.pass, "", 1);
        put("safe", words("safe"));
      },
      picture() {
        const { side, path } = picture(`${box}#${packed(held.pass)}`);
        const svg = part("picture").querySelector("svg");
        svg.setAttribute("viewBox", `-4 -4 ${side + 8} ${side + 8}`);
        svg.firstChild.setAttribute("d", path);
        part("picture").hidden = false;
      },
      hand() {
        const other = open(box);
        const { origin } = new URL(box);
        addEventListener("message", ({ source, origin: from, data }) => {
          if (source === other && from === origin && data === "pass?") other.postMessage({ ...held.pass, names: JSON.parse(names) }, origin);
        });
      },
    });
    return onShelf("readonly", (store) => store.get(poll)).then((found) => ((held = found ?? {}), state()));
  }

  const coded = async ({ poll, key, prefix }) =>
    trackingCode(await passId(prepareRandomize(passMsg(poll, (await openKey(key)).pk), unbase64(prefix))));

  // ---- the box: nobody signs in, the pass is all there is

  async function atBox() {
    let manifest, choice;
    const path = (name) => `/polls/${held.pass.poll}/${name}`;
    const store = (more) => keep(more, held.pass.poll);
    const named = (id) => held.names?.[id] ?? manifest.options.find((one) => one.id === id)?.text ?? id;
    const form = part("choose");
    const done = () => (put("code", held.sent.code), put("record", held.sent.record), put("batch", held.batch), show("poll", "receipt", "forget"));

    async function opened({ names, ...pass }) {
      const before = await onShelf("readonly", (kept) => kept.get(pass.poll));
      held = before?.pass ? before : { pass, names };
      manifest = await manifestOf(pass.poll);
      const { entries } = await readLog(await told(path("log.json"), true));
      const has = (kind) => entries.find((one) => one.kind === kind);
      const passes = has("freeze")?.passes ?? 0;
      for (const [name, text] of Object.entries({ title: manifest.title, fingerprint: manifest.fingerprint, passes, eligible: manifest.roll_size })) put(name, text);
      if (held.pass.key) await makeRecord(manifest, held.pass, "", 1);
      await store({});
      const begun = has("open") && !has("close");
      if (held.receipt) done();
      else if (held.sent && begun) show("poll", "unsent", "forget"), await deeds.send();
      else if (passes < manifest.min_passes && has("freeze")) show("poll", "forget"), await Promise.reject(new Error("few"));
      else if (!begun) show("poll", "forget"), await Promise.reject(new Error("voting_closed"));
      else offered();
    }

    function offered() {
      const { form: kind, options, max_score: most } = manifest;
      const rows = options.map(({ id }) => row(id, named(id), kind === "ranked" ? options.length : kind === "score" ? most : null));
      if (manifest.abstain) rows.push(row("abstain", words("abstain"), null));
      first("out", "options").replaceChildren(...rows);
      show("poll", "choose", `form-${kind}`, "forget");
      focus("poll");
    }

    function row(id, text, most) {
      const label = document.createElement("label");
      const name = Object.assign(document.createElement("b"), { textContent: text });
      const isRanked = manifest.form === "ranked";
      label.className = most === null ? "choice" : "field";
      if (most === null) {
        const type = manifest.form === "single" ? "radio" : "checkbox";
        label.append(Object.assign(document.createElement("input"), { type, name: "choice", value: id }), name);
        return label;
      }
      const select = Object.assign(document.createElement("select"), { name: id });
      if (isRanked) select.add(new Option(words("nowhere"), ""));
      for (let at = isRanked ? 1 : 0; at <= most; at++) select.add(new Option(at, at));
      label.append(name, select);
      return label;
    }

    function chosen() {
      const ticked = [...form.querySelectorAll(":checked")].filter((one) => one.name === "choice").map((one) => one.value);
      const lists = [...form.querySelectorAll("select")].filter((one) => one.value !== "").map((one) => [one.name, Number(one.value)]);
      if (ticked.includes("abstain")) return "abstain";
      if (manifest.form === "score") return Object.fromEntries(lists);
      if (manifest.form === "approval") return ticked.sort();
      const ranked = lists.sort((a, b) => a[1] - b[1]);
      if (new Set(ranked.map((one) => one[1])).size < ranked.length) throw new Error("twice");
      const found = manifest.form === "ranked" ? ranked.map(([id]) => id) : ticked[0];
      if (!found?.length) throw new Error("choose");
      return found;
    }

    const spoken = (one) => (one === "abstain" && manifest.abstain ? words("abstain") : named(one));
    form.addEventListener("submit", (event) =>
      carry(() => {
        choice = chosen();
        const lines = typeof choice === "string" ? [spoken(choice)] : Array.isArray(choice) ? choice.map(spoken) : Object.entries(choice).map(([id, points]) => `${named(id)}: ${points}`);
        const item = (text) => Object.assign(document.createElement("li"), { textContent: text });
        first("out", "review").replaceChildren(...(lines.length ? lines : ["–"]).map(item));
        show("poll", "review", "forget");
        focus("review");
      }, event));

    Object.assign(deeds, {
      async open() {
        const [file] = page.querySelector("input[type=file]").files;
        const text = file ? await file.text() : page.querySelector("textarea").value;
        let pass;
        try {
          pass = unpacked(text);
          await openKey(pass.key);
        } catch {
          throw new Error("no_pass");
        }
        await opened(pass);
      },
      change: async () => offered(),
      async cast() {
        const sent = await makeRecord(manifest, held.pass, choice);
        await store({ sent, receipt: null, pass: { ...held.pass, seq: sent.seq } });
        show("poll", "unsent", "forget");
        await deeds.send();
      },
      async send() {
        const headers = { "Content-Type": "text/plain" };
        const answer = await ask(path("ballots"), { method: "POST", credentials: "omit", headers, body: padded(held.sent.line) });
        const said = await answer.json().catch(() => ({}));
        if (!answer.ok) {
          if (answer.status === 409) await store({ sent: null }), offered();
          throw refused(said);
        }
        await store({ batch: await checkReceipt(manifest, said, held.sent.record), receipt: said });
        done();
        focus("receipt");
      },
      async check() {
        const log = await told(path("log.json"), true);
        const { entries } = await readLog(log);
        const { line, record } = held.sent;
        const batch = entries.some((one) => one.kind === "batch" && one.batch === held.batch);
        const sealed = batch && (await isSealed(entries, held.batch, await told(path(`hashes/${held.batch}.txt`), true), record));
        let said = !batch ? "waiting" : sealed ? "sealed" : "missing";
        const closed = entries.find((one) => one.kind === "close");
        if (closed) {
          put("head", await sha256(utf8(log)));
          part("head").hidden = false;
          const mine = JSON.parse(JSON.parse(line).ballot).pass.slice(0, 2);
          const box = await told(path(closed.records > MANY ? `box-${mine}.jsonl` : "box.jsonl"), true);
          said = sealed ? standing(line, box) : "missing";
          await store({ pass: { ...held.pass, key: "" } }); // what is over can't be shown to anybody by its key
        }
        put("check", words(said));
      },
      async forget() {
        await onShelf("readwrite", (kept) => kept.delete(held.pass.poll));
        location.reload();
      },
    });

    show("open");
    const brought = location.hash.slice(1);
    if (brought) {
      history.replaceState(null, "", location.pathname);
      return opened(unpacked(brought));
    }
    addEventListener("message", ({ source, data }) => {
      if (source && source === opener && data?.pass_sigs && !manifest) carry(() => opened(data));
    });
    opener?.postMessage("pass?", "*");
    const kept = await onShelf("readonly", (store) => store.getAll());
    if (kept.length && !opener) await opened(kept.at(-1).pass);
  }

  page.addEventListener("click", ({ target }) => target.dataset?.do && carry(deeds[target.dataset.do]));
  carry(page.dataset.vote === "box" ? atBox : atRegistrar);
}

const page = globalThis.document?.querySelector("[data-vote]");
if (page) start(page);
