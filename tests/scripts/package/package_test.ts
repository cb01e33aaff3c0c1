import { ARCHITECTURES, isNative } from "../../../scripts/package/architectures.ts";
import { findExecutable } from "../../../scripts/lib/run.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { ProjectCopy } from "./support/project_copy.ts";
import { run, tryRun } from "./support/run.ts";

const ARCHITECTURE = ARCHITECTURES.find(isNative)!;
const CONFIGS = ["janus.eventhandler.zeromqevh.jcfg", "janus.transport.zeromq.jcfg"];

/** The paths in a package, folders with a slash at the end. */
async function paths(deb: string): Promise<string[]> {
  const tar = await run("sh", ["-c", 'dpkg-deb --fsys-tarfile "$1" | tar --list', "sh", deb]);
  return tar.trim().split("\n").map((path) => path.replace(/^\./, ""));
}

function field(control: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, "m").exec(control)?.[1] ?? "";
}

Deno.test("the package and the tarball", async (t) => {
  await using copy = await ProjectCopy.create(ARCHITECTURE.name);
  const made = await copy.make();
  const all = await paths(made.deb);
  const content = await Deno.makeTempDir({ dir: copy.root, prefix: "content-" });
  await run("dpkg-deb", ["--extract", made.deb, content]);
  const unpacked = await Deno.makeTempDir({ dir: copy.root, prefix: "unpacked-" });
  await run("tar", ["-C", unpacked, "--strip-components=1", "-xzf", made.tarball]);

  await t.step("metadata", async () => {
    const control = await run("dpkg-deb", ["--field", made.deb]);
    const { version } = JSON.parse(await Deno.readTextFile(`${PROJECT_ROOT}/deno.json`));
    assertEquals(field(control, "Package"), "janus-zeromq");
    assertEquals(field(control, "Version"), version);
    assertEquals(field(control, "Architecture"), ARCHITECTURE.name);
    assertEquals(field(control, "Maintainer"), "Somebody <somebody@debian.org>");
    assertMatch(field(control, "Depends"), /^libc6 \(>= 2\.\d+\), .*libzmq5 \(>= 4\.3\.4\)$/);
    assertEquals(field(control, "Recommends"), "janus (>= 1.1)");
    assertEquals(field(control, "Suggests"), "nats-server");
    assert(made.deb.endsWith(`/janus-zeromq_${version}_${ARCHITECTURE.name}.deb`));
    assert(made.tarball.endsWith(`/janus-zeromq-${version}-linux-${ARCHITECTURE.name}.tar.gz`));
    const scripts = await run("dpkg-deb", ["--ctrl-tarfile", made.deb]);
    assert(!/p(re|ost)(inst|rm)/.test(scripts), "maintainer scripts");
  });

  await t.step(
    "configurations are dpkg's to look after, and say no more than the defaults",
    async () => {
      const conffiles = await run("dpkg-deb", ["--info", made.deb, "conffiles"]);
      assertEquals(conffiles.trim().split("\n"), CONFIGS.map((name) => `/etc/janus/${name}`));
      for (const name of CONFIGS) {
        const sample = await Deno.readTextFile(`${PROJECT_ROOT}/conf/${name}.sample`);
        assertEquals(await Deno.readTextFile(`${content}/etc/janus/${name}`), sample);
        assertEquals(await Deno.readTextFile(`${unpacked}/etc/janus/${name}.sample`), sample);
      }
    },
  );

  await t.step("what is in it", () => {
    const lib = `/usr/lib/${ARCHITECTURE.triplet}/janus`;
    for (
      const path of [
        `${lib}/transports/libjanus_zeromq.so`,
        `${lib}/events/libjanus_zmqevh.so`,
        "/usr/lib/janus-zeromq/deno",
        "/usr/lib/janus-zeromq/types/mod.ts",
        "/usr/lib/janus-zeromq/command/page.html",
        "/usr/bin/janus-zeromq",
        "/usr/share/bash-completion/completions/janus-zeromq",
        "/usr/share/janus-zeromq/monitor/alerts.yml",
        "/usr/share/doc/janus-zeromq/README.md",
        "/usr/share/doc/janus-zeromq/plugins/events/README.md",
        "/usr/share/doc/janus-zeromq/examples/requests.py",
        "/usr/share/doc/janus-zeromq/examples/nats/single.conf",
        "/usr/share/doc/janus-zeromq/changelog.gz",
        "/usr/lib/systemd/system/janus.service.d/janus-zeromq.conf",
        "/usr/lib/systemd/system/janus-zeromq-monitor.service",
        "/usr/share/man/man1/janus-zeromq.1.gz",
        ...CONFIGS.map((name) => `/usr/share/man/man5/${name}.5.gz`),
      ]
    ) assert(all.includes(path), `no ${path}`);
    const strange = all.filter((path) => /node_modules|\.git|tests\/|\.deno/.test(path));
    assertEquals(strange, []);
  });

  await t.step("documents name the commands that are installed", async () => {
    for (const path of all.filter((one) => /share\/doc\/.*\.md$/.test(one))) {
      const text = await Deno.readTextFile(`${content}${path}`);
      assertEquals(
        /scripts\/deno task (keygen|doctor|filter|events|stream|monitor)/.exec(text),
        null,
        path,
      );
    }
    const units = await Deno.readTextFile(
      `${content}/usr/share/doc/janus-zeromq/examples/systemd/README.md`,
    );
    for (const [, named = ""] of units.matchAll(/(\/usr\/share\/\S+\.(?:conf|service))\b/g)) {
      assert(all.includes(named), named);
    }
    assertStringIncludes(units, "/usr/share/doc/janus-zeromq/examples/systemd/janus-hardened.conf");
  });

  await t.step("links between its documents lead somewhere", async () => {
    for (const path of all.filter((one) => /share\/doc\/.*\.md$/.test(one))) {
      const folder = `${content}${path}`.replace(/[^/]*$/, "");
      const text = await Deno.readTextFile(`${content}${path}`);
      for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        assert(await Deno.stat(folder + target).catch(() => null), `${path}: ${target}`);
      }
    }
  });

  await t.step("the copyright names every package of npm that is in a plugin", async () => {
    const copyright = await Deno.readTextFile(`${content}/usr/share/doc/janus-zeromq/copyright`);
    assertStringIncludes(copyright, "usr/lib/janus-zeromq/deno");
    for (const path of all.filter((one) => one.endsWith(".so"))) {
      const text = new TextDecoder().decode(await Deno.readFile(content + path));
      const names = new Set(
        [...text.matchAll(/npm:((?:@[\w-]+\/)?[\w-]+@[\d.]+)\//g)].map(([, one]) => one),
      );
      assert(names.size >= 2, `${path}: no packages found`);
      for (const name of names) assertStringIncludes(copyright, `Files: npm:${name}/*\n`);
    }
    // Minified, and known by what is in it.
    assertStringIncludes(copyright, "Files: npm:@nats-io/nats-core@");
    assertStringIncludes(copyright, "Files: npm:preact@");
  });

  await t.step("the plugins tell nothing of where they were built", async () => {
    for (const path of all.filter((one) => one.endsWith(".so"))) {
      const text = new TextDecoder("latin1").decode(await Deno.readFile(content + path));
      assert(!text.includes(copy.root) && !text.includes(PROJECT_ROOT), path);
    }
  });

  await t.step({
    name: "man finds nothing wrong with its pages",
    ignore: await findExecutable("man") === undefined,
    fn: async () => {
      for (const path of all.filter((one) => /share\/man\/.*gz$/.test(one))) {
        const { code, text } = await tryRun("sh", [
          "-c",
          'LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null',
          "sh",
          content + path,
        ]);
        assertEquals([code, text], [0, ""], path);
      }
    },
  });

  await t.step({
    name: "lintian finds nothing but what is overridden",
    ignore: await findExecutable("lintian") === undefined,
    fn: async () => {
      const { text } = await tryRun("lintian", ["--allow-root", "--show-overrides", made.deb]);
      const tags = text.split("\n").filter((line) => /^[EWIOPX]: /.test(line));
      assertEquals(tags.map((line) => line.replace(/^(.: \S+: \S+).*/, "$1")), [
        "O: janus-zeromq: embedded-library",
        "O: janus-zeromq: hardening-no-relro",
      ]);
    },
  });

  await t.step("made elsewhere, it is the same to the byte", async () => {
    await using other = await ProjectCopy.create(
      ARCHITECTURE.name,
      "some where/else/at all".replaceAll(" ", "-"),
    );
    const env = { TZ: "Asia/Tokyo", LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8", HOME: other.root };
    const again = await other.make({ umask: "077", env });
    for (const name of ["deb", "tarball"] as const) await run("cmp", [made[name], again[name]]);
  });
});
