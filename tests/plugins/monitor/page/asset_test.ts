/** The page as it is served: its policy names what is in it, and nothing else. */
import { pageAsset } from "../../../../plugins/monitor/http/page.ts";
import { assert, assertEquals, assertRejects } from "../../../assert.ts";

Deno.test("the policy has the hashes of the style and the script", async () => {
  const { type, headers, bytes } = await pageAsset(
    "<style>p{}</style><script type='module'>1</script>",
  );
  assertEquals(type, "text/html; charset=utf-8");
  assertEquals(new TextDecoder().decode(bytes).length, 50);
  const policy = headers!["content-security-policy"]!.split("; ");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("1"));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  assert(policy.includes(`script-src 'sha256-${hash}'`), `${policy}`);
  for (const rule of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"]) {
    assert(policy.includes(rule), rule);
  }
});

Deno.test("a page with two scripts, or none, is not served", async () => {
  for (const html of ["<style></style>", "<style></style><script>1</script><script>2</script>"]) {
    await assertRejects(() => pageAsset(html), Error, "elements script, not 1");
  }
});
