// Reads jobs as lines of JSON, does each with the voting page's own functions, and answers with a line of JSON.
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";

// node has had what browsers call crypto only since version 19
globalThis.crypto ??= webcrypto;
const vote = await import(process.argv[2]);
const bytes = (text) => vote.unhex(text);
const { hex } = vote;

const jobs = {
  canonical: async ({ value }) => vote.canonical(value),
  read: async ({ text }) => vote.readCanonical(text),
  travel: async ({ pass }) => [vote.packed(pass), vote.unpacked(`https://box.test/vote/en#${vote.packed(pass)}`), vote.unpacked(` ${JSON.stringify(pass)}\n`)],
  picture({ text }) {
    const { side, path } = vote.picture(text);
    const dark = new Set([...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x} ${y}`));
    return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => Number(dark.has(`${x} ${y}`))).join("")).join("\n");
  },
  async vector({ spki, bits, msg, prefix, salt, inverse, blindSig, n }) {
    const rsa = await vote.rsaKey(spki);
    const message = prefix ? vote.prepareRandomize(bytes(msg), bytes(prefix)) : bytes(msg);
    const [N, inv] = [BigInt(`0x${n}`), BigInt(`0x${inverse}`)];
    // the factor is the inverse of the inverse
    const made = await vote.blind(rsa, message, bytes(salt), inverseOf(inv, N));
    const signature = await vote.finalize(rsa, message, bytes(blindSig), made.inverse, salt.length / 2);
    return {
      prepared: hex(message),
      encoded: hex(await vote.pssEncode(message, bits - 1, bytes(salt))),
      blinded: hex(made.blinded),
      inverse: made.inverse.toString(16),
      signature: hex(signature),
    };
  },
  async below({ n, drawn }) {
    const real = crypto.getRandomValues;
    crypto.getRandomValues = (array) => (array.set(drawn.splice(0, array.length)), array);
    try {
      return [String(vote.randomBelow(BigInt(n), 1)), drawn.length];
    } finally {
      crypto.getRandomValues = real;
    }
  },
  async request({ manifest }) {
    return vote.requestPass(await vote.openManifest(vote.unbase64(manifest)));
  },
  async finish({ manifest, request, blindSigs }) {
    return vote.finishPass(await vote.openManifest(vote.unbase64(manifest)), request, blindSigs);
  },
  async record({ manifest, pass, choice }) {
    const poll = await vote.openManifest(vote.unbase64(manifest));
    const made = await vote.makeRecord(poll, pass, choice);
    return { ...made, padded: vote.padded(made.line), fingerprint: poll.fingerprint };
  },
  async receipt({ manifest, answer, record }) {
    return vote.checkReceipt(await vote.openManifest(vote.unbase64(manifest)), answer, record);
  },
  log: async ({ text }) => vote.readLog(text),
  root: async ({ records }) => vote.batchRoot(records),
  sealed: async ({ entries, batch, hashes, record }) => vote.isSealed(entries, batch, hashes, record),
  standing: async ({ line, box }) => vote.standing(line, box),
};

function inverseOf(number, n) {
  let [a, b, x, y] = [number, n, 1n, 0n];
  while (b) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % n) + n) % n;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { job, ...what } = JSON.parse(line);
  let answer;
  try {
    answer = { done: await jobs[job](what) };
  } catch (error) {
    answer = { refused: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
