import { ARCHITECTURES, isNative } from "../../../scripts/package/architectures.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { findExecutable } from "../../../scripts/lib/run.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { ProjectCopy } from "./support/project_copy.ts";
import { run } from "./support/run.ts";

const ARCHITECTURE = ARCHITECTURES.find((one) => !isNative(one))!;
const { triplet } = ARCHITECTURE;
const MACHINE = triplet.replace(/-.*/, "");
/** Where the cross compiler's libc is. */
const LIBC = `/usr/${triplet}`;

async function missing(): Promise<string | undefined> {
  for (const program of [`${triplet}-gcc`, `qemu-${MACHINE}-static`, "readelf", "apt-get"]) {
    if (await findExecutable(program) === undefined) return program;
  }
  return undefined;
}

const lacking = await missing();
if (lacking !== undefined) console.log(`No package for ${ARCHITECTURE.name}: no ${lacking} here`);

Deno.test({
  name: `the package for another machine (${ARCHITECTURE.name})`,
  ignore: lacking !== undefined,
  fn: async (t) => {
    await using copy = await ProjectCopy.create(ARCHITECTURE.name);
    const { deb } = await copy.make();
    const content = await Deno.makeTempDir({ dir: copy.root, prefix: "content-" });
    await run("dpkg-deb", ["--extract", deb, content]);
    const plugins = ["transports/libjanus_zeromq.so", "events/libjanus_zmqevh.so"]
      .map((name) => `${content}/usr/lib/${triplet}/janus/${name}`);
    const deno = `${content}/usr/lib/janus-zeromq/deno`;
    const emulate = (...args: string[]) => run(`qemu-${MACHINE}-static`, ["-L", LIBC, ...args]);

    await t.step("it says so, and needs what the native one needs", async () => {
      const control = await run("dpkg-deb", ["--field", deb]);
      assertMatch(control, new RegExp(`^Architecture: ${ARCHITECTURE.name}$`, "m"));
      assertMatch(control, /^Depends: libc6 \(>= 2\.\d+\), .*libjansson4 .*, libzmq5 /m);
    });

    await t.step("its programs are that machine's, and stripped", async () => {
      for (const path of [...plugins, deno]) {
        const header = await run("readelf", ["--file-header", "--section-headers", path]);
        assertMatch(header, MACHINE === "aarch64" ? /Machine: +AArch64/ : /Machine: .*X86-64/);
        assert(!header.includes(".debug_info"), path);
      }
    });

    await t.step("its Deno runs", async () => {
      const version = await emulate(deno, "--version");
      const pinned = await run(`${PROJECT_ROOT}/scripts/deno`, ["--version"]);
      assertEquals(version.split("\n")[0]?.split(" ")[1], pinned.split("\n")[0]?.split(" ")[1]);
      assertMatch(version, new RegExp(`${MACHINE}-`));
    });

    await t.step("its plugins can be loaded", async () => {
      const program = `${copy.root}/load`;
      const source = new URL("support/load.c", import.meta.url).pathname;
      await run(`${triplet}-gcc`, ["-Wall", "-Werror", source, "-o", program, "-ldl"]);
      const libraries =
        `${PROJECT_ROOT}/.deno/sysroot-${ARCHITECTURE.name}/tree/usr/lib/${triplet}`;
      for (const path of plugins) {
        assertMatch(await emulate("-E", `LD_LIBRARY_PATH=${libraries}`, program, path), /^\d+\n$/);
      }
    });
  },
});
