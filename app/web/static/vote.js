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
