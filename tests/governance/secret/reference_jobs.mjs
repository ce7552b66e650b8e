// The reference client and server of RFC 9474, from npm: reads jobs as lines of JSON, answers with lines of JSON.
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";

globalThis.crypto ??= webcrypto;
const { RSABSSA } = await import(process.argv[2]);
const suite = RSABSSA.SHA384.PSS.Randomized({ supportsRSARAW: false });
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const text = (data) => Buffer.from(data).toString("base64");
const scheme = { name: "RSA-PSS", hash: "SHA-384" };
const open = (kind, key, use) => crypto.subtle.importKey(kind, bytes(key), scheme, true, [use]);

const jobs = {
  async blind({ spki, message }) {
    const prepared = suite.prepare(bytes(message));
    const { blindedMsg, inv } = await suite.blind(await open("spki", spki, "verify"), prepared);
    return { prepared: text(prepared), blinded: text(blindedMsg), inverse: text(inv) };
  },
  finalize: async ({ spki, prepared, signed, inverse }) =>
    text(await suite.finalize(await open("spki", spki, "verify"), bytes(prepared), bytes(signed), bytes(inverse))),
  sign: async ({ pkcs8, blinded }) => text(await suite.blindSign(await open("pkcs8", pkcs8, "sign"), bytes(blinded))),
  verify: async ({ spki, prepared, signature }) =>
    suite.verify(await open("spki", spki, "verify"), bytes(signature), bytes(prepared)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { job, ...what } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ done: await jobs[job](what) }));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error.message) }));
  }
}
