/**
 * Configurations that can't be read, or that mean other things to other readers: nothing starts, the
 * key is named, and nobody waits. And what the process may read of what a good one names.
 */
import { makeKeyPair } from "../../scripts/keygen.ts";
import { PrivateJanus } from "../../scripts/private_janus/private_janus.ts";
import { assert, assertEquals, assertLess, assertStringIncludes } from "../assert.ts";
import { Fixture } from "../janus/support/fixture.ts";
import { HttpJanus } from "../janus/support/http.ts";

const SERVER = makeKeyPair();
const [ANN, BOB] = [makeKeyPair(), makeKeyPair()];
const PYTHON = "/usr/bin/python3";
const SCRIPT = new URL("../janus/support/secure_client.py", import.meta.url).pathname;

/** A shell script that runs before Janus, in the configuration's folder. */
function prepare(script: string): string[] {
  return ["sh", "-c", `( set -e; cd "$3"; ${script} ) && exec "$@"`, "sh"];
}

const FILES = {
  transport: "janus.transport.zeromq",
  event_handler: "janus.eventhandler.zeromqevh",
} as const;
type Kind = keyof typeof FILES;

/** The line with which a plugin says that it does not start, which must come at once. */
async function refusal(kind: Kind, files: Record<string, string | null>, script = ":") {
  const begun = performance.now();
  // Without any transport Janus does not get so far.
  const http = kind === "event_handler" ? new HttpJanus() : undefined;
  await using janus = await PrivateJanus.start({
    [kind === "transport" ? "event_handler" : "transport"]: false,
    ...http?.options,
    files: { ...http?.options.files, ...files },
    wrapper: prepare(script),
    ready: /Not started/,
    timeout: 5000,
  });
  assertLess(performance.now() - begun, 5000);
  assert(!janus.log.lines.some((line) => /The plugin's process is ready/.test(line)));
  return janus.log.lines.find((line) => /Not started/.test(line)) ?? "";
}

const runtime = `runtime: { deno = ${JSON.stringify(Deno.execPath())} }\n`;
/** A byte that is not UTF-8 where `BAD` stands. */
const SPOIL = `LC_ALL=C sed -i "s/BAD/$(printf '\\377')/" *.zeromq*.j*`;

const SPOILT: readonly [kind: Kind, text: string, key: string][] = [
  ["transport", 'security: { allow = ["192.0.2.1BAD"] }', "security.allow[0]"],
  ["transport", 'security: { allow = "BAD" }', "security.allow"],
  ["transport", 'security: { mechanism = "curveBAD" }', "security.mechanism"],
  [
    "transport",
    'security: { rights: { ann: { apis = ["janus", "BAD"] } } }',
    "security.rights.ann.apis[1]",
  ],
  ["transport", 'hooks: { modules = ["/BAD.ts"] }', "hooks.modules[0]"],
  ["transport", 'limits: { max_peers = "1BAD" }', "limits.max_peers"],
  ["event_handler", 'filters: { modules = ( "/a.ts", "/BAD.ts" ) }', "filters.modules[1]"],
  ["event_handler", 'unknown: { deep: ( { it = "BAD" } ) }', "unknown.deep[0].it"],
];
for (const [kind, text, key] of SPOILT) {
  Deno.test(`${kind}: ${key} in a .jcfg is not UTF-8`, async () => {
    const line = await refusal(kind, { [`${FILES[kind]}.jcfg`]: `${text}\n${runtime}` }, SPOIL);
    assertStringIncludes(line, `/${FILES[kind]}.jcfg: ${key}: is not UTF-8 text`);
  });
}

const TRANSPORT_ONLY: readonly [name: string, text: string, words: string][] = [
  ["a character cut off by a NUL", 'security: { users = "us\\x00ers" }', "has a NUL character"],
  [
    "a value that a second one took away",
    'security: { allow = ["::1"], ALLOW = "" }',
    "security.ALLOW: unknown key",
  ],
  ["a guard with a slip in it", 'security: { alow = ["::1"] }', "security.alow: unknown key"],
  ["a guard in the wrong place", 'general: { allow = ["::1"] }', "general.allow: unknown key"],
  ["a limit that libconfig makes 0 of", "limits: { max_rate = 4294967296 }", ":1: 4294967296 is"],
  ["an integer that needs its suffix", "x = 0x100000001L", ":1: 0x100000001L is beyond 32 bits"],
  ["a group as a list", "runtime = 5", "runtime: 5 stands where a group"],
  ["depths without end", `x: ${"{ y: ".repeat(200)}1${"}".repeat(200)}`, "too deep within others"],
];
for (const [name, text, words] of TRANSPORT_ONLY) {
  Deno.test(`a .jcfg with ${name}`, async () => {
    const more = text.startsWith("runtime") ? "" : runtime;
    const line = await refusal("transport", { [`${FILES.transport}.jcfg`]: `${text}\n${more}` });
    assertStringIncludes(line, words);
  });
}

const TWO_READINGS: readonly [name: string, member: string, words: string][] = [
  ["half of a surrogate pair", '"x": "\\ud800"', ": x: half of a surrogate pair"],
  [
    "a number beyond 64 bits",
    '"limits": { "max_rate": 92233720368547758070 }',
    ": limits.max_rate: 9223",
  ],
  ["a number beyond all", '"x": [1e999]', ": x[0]: 1e999 is beyond"],
  ["a NUL", '"x": "\\u0000"', ": x: text cannot have"],
  [
    "a key set twice",
    '"hooks": { "modules": ["/a.ts"], "modules": [] }',
    ": hooks.modules: set twice",
  ],
  [
    "depths without end",
    `"x": ${"[".repeat(5000)}${"]".repeat(5000)}`,
    "more than 100 groups and lists",
  ],
  [
    "a value of the wrong kind",
    '"runtime": { "max_heap": [] }',
    ": runtime.max_heap: a list is not",
  ],
];
for (const [name, member, words] of TWO_READINGS) {
  Deno.test(`a .jsonc with ${name}`, async () => {
    const own = member.startsWith('"runtime"')
      ? ""
      : `"runtime": { "deno": "${Deno.execPath()}" }, `;
    const name = `${FILES.transport}.jsonc`;
    // Without runtime.deno it is the one on PATH.
    const line = await refusal("transport", { [name]: `{ ${own}${member} }` });
    assertStringIncludes(line, words);
  });
}

Deno.test("a .jsonc that is not UTF-8, by its line", async () => {
  const name = `${FILES.transport}.jsonc`;
  const line = await refusal(
    "transport",
    { [name]: '{\n\n"security": { "users": "BAD" } }' },
    SPOIL,
  );
  assertStringIncludes(line, `/${name}:3: this line is not UTF-8`);
});

for (const name of [`${FILES.transport}.jcfg`, `${FILES.transport}.jsonc`]) {
  for (
    const [what, make] of [
      ["a FIFO", `mkfifo ${name}`],
      ["a link to a device", `ln -s /dev/zero ${name}`],
      ["a folder", `mkdir ${name}`],
      ["a link to nothing", `ln -s ..data/none ${name}`],
    ] as const
  ) {
    Deno.test(`${what} as ${name}`, async () => {
      const line = await refusal("transport", {}, `rm -f ${name}; ${make}`);
      assertStringIncludes(
        line,
        `/${name}: ${/nothing/.test(what) ? "No such file" : "it is no file"}`,
      );
    });
  }
}

Deno.test("a FIFO that a .jcfg includes", async () => {
  const name = `${FILES.transport}.jcfg`;
  const script = `mkfifo more.cfg; sed -i "s#HERE#$PWD#" ${name}`;
  const line = await refusal(
    "transport",
    { [name]: `${runtime}\n  @include "HERE/more.cfg"\n` },
    script,
  );
  assertStringIncludes(line, "/more.cfg: it is no file");
});

const CURVE = `security: { mechanism = "curve", secret_key = "server.key", clients = "clients" }\n`;
const KEYS = {
  [`${FILES.transport}.jcfg`]: CURVE + runtime,
  "server.key": `${SERVER.secret_key}\n`,
  "clients": `${ANN.public_key} ann\n`,
};
const PROTECT = "chmod 600 server.key";
const OUTSIDE = "mkdir ../outside";

const KEY_FILES: readonly [name: string, script: string, words: string][] = [
  [
    "a FIFO as the secret key",
    "rm server.key; mkfifo -m 600 server.key",
    "server.key: it is no file",
  ],
  ["a FIFO as clients", `${PROTECT}; rm clients; mkfifo clients`, "clients: it is no file"],
  [
    "a device as clients",
    `${PROTECT}; ln -sf /dev/zero clients`,
    "is a link to /dev/zero, which is outside of",
  ],
  [
    "a secret key that is a link out of the folder",
    `${PROTECT}; ${OUTSIDE}; mv server.key ../outside; ln -s ../outside/server.key .`,
    "/outside/server.key, which is outside of",
  ],
  [
    "a folder of clients that is a link out of the folder",
    `${PROTECT}; ${OUTSIDE}; rm clients; ln -s ../outside clients`,
    "/outside, which is outside of",
  ],
  [
    "a public key as the secret one, by its name",
    "mv server.key server.pub; sed -i s/server.key/server.pub/ *.zeromq.jcfg",
    "server.pub as the secret key: it holds a public one",
  ],
  [
    "a public key as the secret one, by what keygen wrote above it",
    `${PROTECT}; sed -i '1i# Public key of the server (CURVE): clients need it.' server.key`,
    "server.key as the secret key: it holds a public one",
  ],
  [
    "a public key as the secret one, by the file beside it",
    `${PROTECT}; cp server.key server.pub`,
    "server.key as the secret key: it holds a public one",
  ],
  [
    "a client's public key as the secret one",
    `${PROTECT}; cut -d' ' -f1 clients > server.key`,
    "a client has this key as its public one",
  ],
];
for (const [name, script, words] of KEY_FILES) {
  Deno.test(`nothing starts with ${name}`, async () => {
    assertStringIncludes(await refusal("transport", KEYS, script), words);
  });
}

Deno.test("nothing starts with a path that leads upward, or has a comma", async () => {
  for (const path of ["../server.key", "a/../../b", "server,key"]) {
    const text = CURVE.replace("server.key", path) + runtime;
    const line = await refusal("transport", { ...KEYS, [`${FILES.transport}.jcfg`]: text });
    assertStringIncludes(
      line,
      "security.secret_key: what stands here is not allowed: a path without a comma",
    );
  }
});

/** Whether a client with these keys gets an answer. */
async function getsIn(fixture: Fixture, keys: typeof ANN, timeout = 3000): Promise<boolean> {
  const options = {
    curve_serverkey: SERVER.public_key,
    curve_publickey: keys.public_key,
    curve_secretkey: keys.secret_key,
    timeout,
  };
  const args = [SCRIPT, "REQ", fixture.janus.endpoints.api, JSON.stringify(options)];
  const { stdout } = await new Deno.Command(PYTHON, { args }).output();
  return stdout.length > 0;
}

/** What the plugin's process was allowed to read at its start. */
async function granted(fixture: Fixture): Promise<string[]> {
  const line = await Deno.readTextFile(`/proc/${fixture.pid("transport")}/cmdline`);
  const options = line.split("\0").filter((word) => word.startsWith("--allow-read"));
  return options.flatMap((option) => option.slice("--allow-read=".length).split(","));
}

Deno.test("without keys and modules the process may read nothing at all", async () => {
  await using fixture = await Fixture.start({ event_handler: false });
  assertEquals(await granted(fixture), []);
});

Deno.test("keys that are mounted as Kubernetes does it are read, and read again when it changes them", async () => {
  const mount =
    "mkdir ..1 ..1/clients; mv server.key ..1; ln -s ..1 ..data; mv clients ..1/clients/all;" +
    "chmod 600 ..1/server.key; ln -s ..data/server.key .; ln -s ..data/clients/all clients";
  const security = { mechanism: "curve", secret_key: "server.key", clients: "clients" };
  const { [`${FILES.transport}.jcfg`]: _, ...keys } = KEYS;
  await using fixture = await Fixture.start({
    event_handler: false,
    files: keys,
    settings: { transport: { security } },
    wrapper: prepare(mount),
  });
  const folder = `${fixture.janus.folder}/configs`;
  const paths = ["server.key", "server.pub", "clients"].map((name) => `${folder}/${name}`);
  assertEquals(await granted(fixture), paths);
  assert(await getsIn(fixture, ANN));
  assert(!await getsIn(fixture, BOB, 500));
  // All in one step, as the kubelet does it.
  await Deno.mkdir(`${folder}/..2/clients`, { recursive: true });
  await Deno.writeTextFile(`${folder}/..2/clients/all`, `${BOB.public_key} bob\n`);
  await Deno.symlink("..2", `${folder}/..data_tmp`);
  await Deno.rename(`${folder}/..data_tmp`, `${folder}/..data`);
  assert(await getsIn(fixture, BOB));
  assert(!await getsIn(fixture, ANN, 500));
  assertEquals(fixture.complaints("ERR", "transport"), []);
});

Deno.test("a key file that becomes a link out of the folder while running counts no more than before", async () => {
  const { [`${FILES.transport}.jcfg`]: _, ...keys } = KEYS;
  const security = { mechanism: "curve", secret_key: "server.key", clients: "keys" };
  await using fixture = await Fixture.start({
    event_handler: false,
    files: { ...keys, "ann.pub": `${ANN.public_key}\n` },
    settings: { transport: { security } },
    wrapper: prepare(`${PROTECT}; mkdir keys ../outside; mv ann.pub keys`),
  });
  assert(await getsIn(fixture, ANN));
  const folder = fixture.janus.folder;
  await Deno.writeTextFile(`${folder}/outside/bob.pub`, `${BOB.public_key}\n`);
  await Deno.symlink("../../outside/bob.pub", `${folder}/configs/keys/bob.pub`);
  assert(!await getsIn(fixture, BOB, 1000));
  await fixture.janus.waitForLog(
    /bob\.pub: it is a link to .*\/outside\/bob\.pub, which is outside of/,
  );
  assert(await getsIn(fixture, ANN));
});
