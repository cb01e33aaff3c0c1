/** `janus-zeromq info`, `admin` and `top` against a real Janus. */
import { withAdmin } from "../../scripts/command/admin_options.ts";
import { makeKeyPair } from "../../scripts/keygen.ts";
import { PrivateJanus } from "../../scripts/private_janus/private_janus.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { withFiles } from "../folder.ts";
import { COMMAND, runCommand, startCommand } from "../scripts/command/run.ts";
import { WatchedTask } from "../scripts/task.ts";

/** A server whose name tries to clear the terminal. */
const HOSTILE = "edge\x1b[2J\x07";

Deno.test("janus-zeromq version tells of all that is here", async () => {
  const { code, stdout } = await runCommand(["version", "--json"]);
  assertEquals(code, 0);
  const parts = JSON.parse(stdout) as { name: string; version: string }[];
  const named = new Map(parts.map(({ name, version }) => [name, version]));
  assertEquals(named.get("Deno"), Deno.version.deno);
  for (const name of ["janus-zeromq", "transport", "event handler", "libzmq", "Janus"]) {
    assertMatch(named.get(name) ?? "", /^\d+\.\d+\.\d+$/, name);
  }
});

Deno.test("info and admin speak with the admin socket", async () => {
  await using janus = await PrivateJanus.start({ admin: true });
  const endpoint = ["--endpoint", janus.endpoints.admin];
  const env = { JANUS_ADMIN_SECRET: janus.admin_secret };

  const info = await runCommand(["info", "--json", ...endpoint], { env });
  assertEquals([info.code, info.stderr], [0, ""]);
  const { server, transport, event_handler } = JSON.parse(info.stdout);
  assertEquals([transport.state, event_handler.state], ["running", "running"]);
  assertEquals(server.name, "Janus WebRTC Server");
  const people = await runCommand(["info", ...endpoint], { env });
  assertMatch(people.stdout, /^Event handler .*$/m);

  await withFiles({ secret: `${janus.admin_secret}\n`, wrong: "no\n" }, async (cwd) => {
    const admin = (file: string, ...args: string[]) =>
      runCommand(["admin", ...args, "--admin-secret-file", file, ...endpoint], { cwd });
    const listed = await admin("secret", "list_sessions");
    assertEquals([listed.code, JSON.parse(listed.stdout).sessions], [0, []]);
    const set = await admin("secret", "set_log_level", "level=5");
    assertEquals([set.code, JSON.parse(set.stdout).level], [0, 5]);
    const asked = ["handler=janus.eventhandler.zeromqevh", 'request={"request":"info"}'];
    const queried = await admin("secret", "query_eventhandler", ...asked);
    assertEquals(JSON.parse(queried.stdout).response.state, "running");
    const refused = await admin("wrong", "list_sessions");
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertStringIncludes(refused.stderr, "admin_secret of janus.jcfg?");
    const unknown = await admin("secret", "frobnicate");
    assertEquals([unknown.code, unknown.stdout], [1, ""]);
    const long = await admin("secret", "set_log_level", `level=${2n ** 63n}`);
    assertEquals([long.code, long.stdout], [1, ""]);
    assertMatch(long.stderr, /^Cannot write 9223372036854775808: it takes more than 64 bits$/m);
  });
  const options = { endpoint: janus.endpoints.admin } as Parameters<typeof withAdmin>[0];
  const descend = (): number => 1 + descend();
  const deep = () => withAdmin(options, async () => await descend());
  await assertRejects(deep, RangeError, "The answer is nested too deeply to be shown");
});

Deno.test("admin and top show their keys (CURVE), and are refused without", async () => {
  const [server, ann] = [makeKeyPair(), makeKeyPair()];
  await using janus = await PrivateJanus.start({
    admin: true,
    wrapper: ["sh", "-c", 'chmod 600 "$3/server.key"; exec "$@"', "sh"],
    files: { "server.key": `${server.secret_key}\n`, clients: `${ann.public_key} ann\n` },
    settings: {
      transport: {
        admin_security: { mechanism: "curve", secret_key: "server.key", clients: "clients" },
      },
    },
  });
  const env = { JANUS_ADMIN_SECRET: janus.admin_secret };
  const files = {
    "server.pub": `${server.public_key}\n`,
    "ann.key": `${ann.public_key}\n${ann.secret_key}\n`,
  };
  await withFiles(files, async (cwd) => {
    const request = ["admin", "list_sessions", "--endpoint", janus.endpoints.admin];
    const keys = ["--server-key", "server.pub", "--key", "ann.key"];
    const known = await runCommand([...request, ...keys], { cwd, env });
    assertEquals([known.code, known.stderr], [0, ""]);
    const stranger = await runCommand([...request, "--timeout=2"], { cwd, env });
    assertEquals([stranger.code, stranger.stdout], [1, ""]);
    assertStringIncludes(stranger.stderr, "admin_security");
    const watched = ["--events", janus.endpoints.events, "--admin", janus.endpoints.admin];
    const shown = ["--admin-server-key", "server.pub", "--admin-key", "ann.key"];
    const task = new WatchedTask(startCommand(["top", ...watched, ...shown], { cwd, env }));
    try {
      await task.until(({ stdout }) => / clients=0 subscr=1 /.test(stdout));
    } finally {
      task.interrupt();
    }
    assertEquals((await task.end()).code, 0);
  });
});

Deno.test("admin says where nobody answers", async () => {
  const { code, stderr } = await runCommand([
    "admin",
    "ping",
    "--timeout=0.5",
    "--endpoint=tcp://127.0.0.1:1",
  ]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "tcp://127.0.0.1:1");
});

Deno.test("top writes a line a second where nobody types, through a restart of Janus", async () => {
  let janus = await PrivateJanus.start({ admin: true });
  const { ports, endpoints } = janus;
  const task = new WatchedTask(startCommand(
    ["top", "--events", endpoints.events, "--admin", endpoints.admin],
    { env: { JANUS_ADMIN_SECRET: janus.admin_secret } },
  ));
  try {
    await task.until(({ stdout }) => / state=up .* subscr=1 ring=0% restarts=0$/m.test(stdout));
    await janus.stop();
    await task.until(({ stdout }) => / state=(lost|stopped) /.test(stdout));
    const before = task.stdout.length;
    janus = await PrivateJanus.start({ admin: true, ports });
    await task.until(({ stdout }) => / state=up /.test(stdout.slice(before)));
  } finally {
    task.interrupt();
    await janus.stop();
  }
  const { code, stderr, stdout } = await task.end();
  assertEquals([code, stderr], [0, ""]);
  for (const line of stdout.trim().split("\n")) {
    assertMatch(line, /^\d{4}-\d\d-\d\dT\S+Z \S+ state=/);
  }
});

/** Runs a command in a terminal, types, and tells what came, how it ended, and the terminal's modes. */
const TERMINAL = `
import fcntl, json, os, pty, select, signal, struct, sys, termios, time
key, command = sys.argv[1], sys.argv[2:]
master, slave = pty.openpty()
size = lambda rows, columns: fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
size(20, 100)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3): os.dup2(slave, fd)
    os.execv(command[0], command)
out, typed, resized, end = b"", False, None, time.time() + 60
status = None
while time.time() < end and status is None:
    if select.select([master], [], [], 0.1)[0]: out += os.read(master, 65536)
    if resized is None and b" up " in out:
        resized = len(out)
        size(6, 40)
    if resized is not None and not typed and out[resized:].count(b"\\x1b[H") >= 3:
        typed = True
        os.kill(pid, signal.SIGTERM) if key == "term" else os.write(master, key.encode())
    done, code = os.waitpid(pid, os.WNOHANG)
    if done: status = code
if status is None: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)
while select.select([master], [], [], 0.1)[0]: out += os.read(master, 65536)
small = out[resized:].split(b"\\x1b[H")[2:-1] if resized else []
print(json.dumps({"status": status, "out": out.decode(), "small": [one.decode() for one in small],
  "restored": termios.tcgetattr(slave) == before}))
`;

for (const [key, name] of [["q", "q"], ["\x03", "Ctrl-C"], ["term", "a kill"]] as const) {
  Deno.test(`top gives the terminal back at ${name}, and survives resizes and names`, async () => {
    await using janus = await PrivateJanus.start({ admin: true });
    const output = await new Deno.Command("/usr/bin/python3", {
      args: [
        ...[
          "-c",
          TERMINAL,
          key,
          COMMAND,
          "top",
          "--events",
          `${HOSTILE}=${janus.endpoints.events}`,
        ],
        ...["--admin", janus.endpoints.admin],
      ],
      env: { JANUS_ADMIN_SECRET: janus.admin_secret },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(decode(output.stderr), "");
    const { status, out, small, restored } = JSON.parse(decode(output.stdout));
    assertEquals([status, restored], [0, true], out);
    assert(out.endsWith("\x1b[?1049l"), "it left its screen");
    assert(!out.includes("\x1b[2J") && !out.includes("\x07"), "a name reached the terminal");
    assert(small.length > 0);
    for (const frame of small as string[]) {
      // deno-lint-ignore no-control-regex -- what a frame is made of
      const lines = frame.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, "").split("\r\n");
      assert(lines.length <= 6 && lines.every((line) => line.trim().length <= 40), frame);
    }
  });
}
