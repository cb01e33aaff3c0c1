/** A hook on requests that does nothing but be asked: what it costs is the way to it and back. */
import { BENCH_FOLDER } from "../frame/compile.ts";

/** Where {@linkcode HOOK_SOURCE} is written. */
export const HOOK_FILE = `${BENCH_FOLDER}/transport/hook.ts`;

/** What it writes to Janus's log at the first request: one that isn't asked would look fast. */
export const HOOK_ASKED = /the hook of the benchmark was asked/;

/** Its TypeScript. */
export const HOOK_SOURCE = `import { defineTransportHook } from "@janus-zeromq/janus-zeromq";

let asked = false;

export default defineTransportHook({
  name: "trivial",
  onRequest(_request, ctx) {
    if (!asked) ctx.log.info("the hook of the benchmark was asked");
    asked = true;
  },
});
`;
