import { testHook, type TransportHook } from "@janus-zeromq/janus-zeromq";
import { HOOK_ASKED, HOOK_SOURCE } from "../../../../scripts/bench/transport/hook.ts";
import { assertEquals, assertMatch } from "../../../assert.ts";

Deno.test("the hook lets requests through, and says once that it was asked", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/hook.ts`, HOOK_SOURCE);
    const { default: hook }: { default: TransportHook } = await import(`file://${folder}/hook.ts`);
    await using test = await testHook(hook);
    const ping = { janus: "ping", transaction: "1" };
    assertEquals(await test.request(ping), ping);
    assertEquals(await test.request(ping), ping);
    assertEquals(test.log.length, 1);
    assertMatch(test.log[0]!.text, HOOK_ASKED);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
