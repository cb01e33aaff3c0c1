/** Janus under valgrind loads, uses and unloads both plugins: nothing of theirs leaks or errs. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { findExecutable } from "../../scripts/lib/run.ts";
import { assert, assertEquals } from "../assert.ts";
import { Fixture, request } from "./support/fixture.ts";

/** A frame of the plugins': where there is debug information valgrind names the source. */
const OURS = /\/ffi\/stub\/|libjanus_zeromq\.so|libjanus_zmqevh\.so/;
const WRAPPER = [
  "valgrind",
  "--leak-check=full",
  "--show-leak-kinds=all",
  "--trace-children=no",
  "--child-silent-after-fork=yes",
  "--num-callers=30",
  "--fullpath-after=", // of the source, so that ours is known by its folder
];

const valgrind = await findExecutable("valgrind");
if (valgrind === undefined) console.log("valgrind is not installed: its test is left out");

/** A record of valgrind's: its lines without the process id in front, blank lines between. */
function readRecords(text: string): string[] {
  return text.replaceAll(/^==\d+== ?/gm, "").split(/\n\s*\n/);
}

/** Compiles what an old valgrind lacks. */
async function buildPidfd(folder: string): Promise<string> {
  const library = `${folder}/pidfd.so`;
  const source = `${PROJECT_ROOT}/tests/janus/support/pidfd.c`;
  const cc = await new Deno.Command(Deno.env.get("CC") ?? "cc", {
    args: ["-std=c11", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library, source, "-lpthread"],
  }).output();
  assertEquals(new TextDecoder().decode(cc.stderr), "");
  return library;
}

Deno.test({
  name: "valgrind: nothing of the plugins leaks or errs from load to unload",
  ignore: valgrind === undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "valgrind-" });
    const report = `${folder}/report`;
    try {
      const preloaded = await buildPidfd(folder);
      const fixture = await Fixture.start({
        admin: true,
        wrapper: [...WRAPPER, `--log-file=${report}`],
        env: { G_SLICE: "always-malloc", LD_PRELOAD: preloaded },
        settings: {
          transport: { runtime: { startup_timeout: 60 } },
          event_handler: { runtime: { startup_timeout: 60 } },
        },
        timeout: 60_000,
      });
      await use(fixture);
      await fixture.client[Symbol.asyncDispose]();
      fixture.janus.kill("SIGTERM");
      const { code } = await fixture.janus.exited;
      assertEquals(code, 0);
      await fixture.janus.stop();
      const text = await Deno.readTextFile(report);
      assert(/^==\d+== LEAK SUMMARY|All heap blocks were freed/m.test(text), text.slice(-2000));
      const ours = readRecords(text).filter((record) => OURS.test(record));
      assertEquals(ours, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Makes use of everything that the C part does. */
async function use(fixture: Fixture): Promise<void> {
  const sub = await fixture.subscribe();
  const staying = fixture.connect("DEALER", { identity: "stays" });
  for (let i = 0; i < 50; i++) staying.send(request("ping"));
  for (let i = 0; i < 50; i++) assertEquals((await staying.json()).janus, "pong");
  const leaving = fixture.connect("DEALER");
  const session_id = (await fixture.ask(leaving, "create")).data.id;
  const plugin = "janus.plugin.echotest";
  const handle_id = (await fixture.ask(leaving, "attach", { session_id, plugin })).data.id;
  leaving.send(request("message", { session_id, handle_id, body: { audio: true } }));
  const kinds = [await leaving.json(), await leaving.json()].map(({ janus }) => janus);
  assertEquals(kinds.sort(), ["ack", "event"]);
  leaving.send("{");
  assertEquals((await leaving.json()).error.code, 454);
  await leaving.close();
  await fixture.waitFor("the session to be gone", async () => {
    return (await fixture.admin("list_sessions")).sessions.length === 0;
  });
  await fixture.query("transport", { request: "nonsense" });
  for (const name of ["transport", "events"] as const) {
    const since = fixture.janus.log.count;
    Deno.kill(fixture.pid(name), "SIGKILL");
    await fixture.ready(name, since);
  }
  for (let i = 0; i < 20; i++) await fixture.emit({ i });
  await sub.until(({ event }) => event.data?.i === 19);
  // One that stays to the end, with a session.
  assertEquals((await fixture.ask(staying, "create")).janus, "success");
}
