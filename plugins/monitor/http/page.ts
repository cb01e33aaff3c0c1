/** The page, as it is served: one file, and nothing but what is in it may run. @module */
import type { Asset } from "./server.ts";

/**
 * Makes an asset of a page with one inline style and one inline script. Its policy names both by what
 * they contain: a script that somebody else gets into the page does not run.
 *
 * @throws {Error} if it has another number of them
 */
export async function pageAsset(html: string): Promise<Asset> {
  const style = await hashOf(html, "style");
  const script = await hashOf(html, "script");
  return {
    type: "text/html; charset=utf-8",
    bytes: new TextEncoder().encode(html),
    headers: {
      "content-security-policy": [
        "default-src 'none'",
        `script-src '${script}'`,
        `style-src '${style}'`,
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ].join("; "),
    },
  };
}

async function hashOf(html: string, element: "style" | "script"): Promise<string> {
  const found = [...html.matchAll(new RegExp(`<${element}\\b[^>]*>([^]*?)</${element}>`, "g"))];
  if (found.length !== 1) {
    throw new Error(`Cannot serve the page: it has ${found.length} elements ${element}, not 1`);
  }
  const bytes = new TextEncoder().encode(found[0]![1]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}
