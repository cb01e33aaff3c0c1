/** Which CURVE keys belong together. @module */
import { nodeCrypto } from "./builtin.ts";

/** What stands before the 32 bytes of an X25519 key in a PKCS #8 document (RFC 8410). */
const PKCS8 = Uint8Array.fromHex("302e020100300506032b656e04220420");

/** The public key that belongs to a secret one, 32 bytes each. */
export function publicKeyOf(secret: Uint8Array): Uint8Array {
  const { createPrivateKey, createPublicKey } = nodeCrypto();
  const document = globalThis.Buffer.from([...PKCS8, ...secret]);
  const key = createPrivateKey({ key: document, format: "der", type: "pkcs8" });
  // The types know no private key as the source, of which Node makes the public one.
  const pem = key.export({ format: "pem", type: "pkcs8" });
  const open = createPublicKey(pem).export({ format: "der", type: "spki" });
  return new Uint8Array(open.subarray(-secret.length));
}
