import {
  install,
  installDeno,
  InstallError,
  uninstall,
} from "../../../scripts/install/installer.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";

const LIBRARIES = ["transports/libjanus_zeromq.so", "events/libjanus_zmqevh.so"] as const;
const CONFIGS = ["janus.transport.zeromq", "janus.eventhandler.zeromqevh"] as const;

/** A built project and an empty place to install into. */
class Ground implements AsyncDisposable {
  readonly said: string[] = [];
  private constructor(readonly folder: string) {}

  static async lay(): Promise<Ground> {
    const ground = new Ground(await Deno.makeTempDir());
    for (const folder of ["build/transports", "build/events", "conf", "stage"]) {
      await Deno.mkdir(`${ground.folder}/${folder}`, { recursive: true });
    }
    for (const library of LIBRARIES) await ground.write(`build/${library}`, `built ${library}`);
    for (const config of CONFIGS) await ground.write(`conf/${config}.jcfg.sample`, "sample");
    return ground;
  }

  get options() {
    const lib = "/usr/lib/janus";
    return {
      root: this.folder,
      destdir: `${this.folder}/stage`,
      dry_run: false,
      say: (line: string) => void this.said.push(line),
      folders: {
        configs: "/etc/janus",
        plugins: `${lib}/plugins`,
        transports: `${lib}/transports`,
        events: `${lib}/events`,
        source: "a test",
        broadcast: true,
        disabled: { transports: [], events: [] },
      },
    };
  }

  async write(path: string, text: string): Promise<void> {
    const full = `${this.folder}/${path}`;
    await Deno.mkdir(full.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(full, text);
  }

  read(path: string): Promise<string> {
    return Deno.readTextFile(`${this.folder}/${path}`);
  }

  /** Every file below the staging folder. */
  async staged(folder = "stage"): Promise<string[]> {
    const found: string[] = [];
    for await (const entry of Deno.readDir(`${this.folder}/${folder}`)) {
      const path = `${folder}/${entry.name}`;
      found.push(...(entry.isDirectory ? await this.staged(path) : [path.slice("stage".length)]));
    }
    return found.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const INSTALLED = [
  "/etc/janus/janus.eventhandler.zeromqevh.jcfg",
  "/etc/janus/janus.transport.zeromq.jcfg",
  "/usr/lib/janus/events/libjanus_zmqevh.so",
  "/usr/lib/janus/transports/libjanus_zeromq.so",
];

Deno.test("install() copies plugins and configurations below destdir, and says so", async () => {
  await using ground = await Ground.lay();
  await install(ground.options);
  assertEquals(await ground.staged(), INSTALLED);
  assertEquals(
    await ground.read("stage/usr/lib/janus/transports/libjanus_zeromq.so"),
    "built transports/libjanus_zeromq.so",
  );
  const { mode } = await Deno.stat(`${ground.folder}/stage${INSTALLED[3]}`);
  assertEquals((mode ?? 0) & 0o777, 0o644);
  for (const path of INSTALLED) {
    assert(ground.said.some((line) => line === `installed ${ground.folder}/stage${path}`), path);
  }
});

Deno.test("install() never overwrites a configuration, nor puts a .jcfg beside a .jsonc", async () => {
  await using ground = await Ground.lay();
  await ground.write("stage/etc/janus/janus.transport.zeromq.jcfg", "mine");
  await ground.write("stage/etc/janus/janus.eventhandler.zeromqevh.jsonc", "mine too");
  await install(ground.options);
  assertEquals(await ground.read("stage/etc/janus/janus.transport.zeromq.jcfg"), "mine");
  assertEquals(await ground.read("stage/etc/janus/janus.eventhandler.zeromqevh.jsonc"), "mine too");
  assertEquals((await ground.staged()).filter((path) => path.startsWith("/etc")), [
    "/etc/janus/janus.eventhandler.zeromqevh.jsonc",
    "/etc/janus/janus.transport.zeromq.jcfg",
  ]);
  assertEquals(ground.said.filter((line) => line.startsWith("kept ")).length, 2);
});

Deno.test("install() leaves a configuration alone that is a dangling link", async () => {
  await using ground = await Ground.lay();
  const config = `${ground.folder}/stage/etc/janus/janus.transport.zeromq.jcfg`;
  await Deno.mkdir(`${ground.folder}/stage/etc/janus`, { recursive: true });
  await Deno.symlink("/nowhere/at/all", config);
  await install(ground.options);
  assertEquals(await Deno.readLink(config), "/nowhere/at/all");
});

Deno.test("install() replaces a plugin without touching the file that a Janus has open", async () => {
  await using ground = await Ground.lay();
  const path = "stage/usr/lib/janus/transports/libjanus_zeromq.so";
  await ground.write(path, "old");
  using open = await Deno.open(`${ground.folder}/${path}`);
  await install(ground.options);
  assertEquals(await ground.read(path), "built transports/libjanus_zeromq.so");
  assertEquals(await new Response(open.readable).text(), "old");
  assert(ground.said.includes(`replaced ${ground.folder}/${path}`));
});

Deno.test("install() writes nothing at all while one plugin is not built", async () => {
  await using ground = await Ground.lay();
  await Deno.remove(`${ground.folder}/build/${LIBRARIES[1]}`);
  await assertRejects(() => install(ground.options), InstallError, "scripts/deno task build");
  assertEquals(await ground.staged(), []);
});

Deno.test("a dry run writes and removes nothing", async () => {
  await using ground = await Ground.lay();
  const dry = { ...ground.options, dry_run: true };
  await install(dry);
  assertEquals(await ground.staged(), []);
  assertEquals(ground.said.filter((line) => line.startsWith("would install ")).length, 4);
  await install(ground.options);
  await uninstall(dry);
  assertEquals(await ground.staged(), INSTALLED);
});

Deno.test("uninstall() removes the plugins, leaves the configurations, and may run again", async () => {
  await using ground = await Ground.lay();
  await install(ground.options);
  await uninstall(ground.options);
  assertEquals(await ground.staged(), INSTALLED.filter((path) => path.startsWith("/etc")));
  ground.said.length = 0;
  await uninstall(ground.options);
  assertEquals(ground.said.filter((line) => line.startsWith("not there: ")).length, 2);
});

Deno.test("a folder that cannot be written to is an error that names the file", async () => {
  await using ground = await Ground.lay();
  // Not even root makes a file below a file.
  await ground.write("stage/file", "");
  const folders = { ...ground.options.folders, transports: "/file/transports" };
  const target = `${ground.options.destdir}/file/transports/libjanus_zeromq.so`;
  const error = await assertRejects(
    () => install({ ...ground.options, folders }),
    InstallError,
    `Cannot write ${target}: `,
  );
  assert(error.cause instanceof Error);
});

Deno.test("installDeno() copies Deno once and keeps what stands there", async () => {
  await using ground = await Ground.lay();
  await ground.write("stage/opt/bin/deno", "somebody's");
  await installDeno("/opt/bin", ground.options);
  assertEquals(await ground.read("stage/opt/bin/deno"), "somebody's");
  await installDeno("/usr/local/bin", ground.options);
  const copy = await Deno.stat(`${ground.folder}/stage/usr/local/bin/deno`);
  assertEquals(copy.size, (await Deno.stat(Deno.execPath())).size);
  assertEquals((copy.mode ?? 0) & 0o777, 0o755);
});
