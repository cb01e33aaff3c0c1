/** What to do where packages can't be fetched. */

/** As `scripts/deno` has it; begins with a line break. */
const ADVICE = `
Is there a network? A proxy or a registry of your own must be known: npm config set https-proxy or
registry (or HTTPS_PROXY, NPM_CONFIG_REGISTRY); a certificate of your own belongs into the
machine's store (update-ca-certificates), or its file into NODE_EXTRA_CA_CERTS and DENO_CERT.`;

/** What to do about what Deno says; empty if that has nothing to do with the network. */
export function networkAdvice(complaints: string): string {
  return complaints.includes("error sending request") ? ADVICE : "";
}
