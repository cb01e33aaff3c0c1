import { ARCHITECTURES, isNative } from "../../../scripts/package/architectures.ts";
import { exists } from "../../../scripts/lib/run.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { Debian, whyNoDebian } from "./support/debian.ts";
import { type Made, ProjectCopy } from "./support/project_copy.ts";
import { run } from "./support/run.ts";

const ARCHITECTURE = ARCHITECTURES.find(isNative)!;
const DENO = "/usr/lib/janus-zeromq/deno";
const CONFIG = "/etc/janus/janus.transport.zeromq.jcfg";
const ADMIN = `sed -i 's/admin_enabled = false/admin_enabled = true/' ${CONFIG}`;
const BROADCAST = "sed -i 's/#broadcast = true/broadcast = true/' /etc/janus/janus.jcfg";

const reason = await whyNoDebian();
if (reason !== undefined) console.log(`No Debian can be made here: ${reason}`);

/** The same package as an older version, whose configuration was another. */
async function older(deb: string): Promise<string> {
  const folder = `${deb}.d`;
  await run("dpkg-deb", ["--raw-extract", deb, folder]);
  const edit = async (path: string, change: (text: string) => string) =>
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
  await edit(
    `${folder}/DEBIAN/control`,
    (text) => text.replace(/^Version: .*$/m, "Version: 0.0.1"),
  );
  await edit(folder + CONFIG, (text) => `# An older one.\n${text}`);
  await Deno.writeTextFile(`${folder}/usr/share/janus-zeromq/old`, "");
  await run("dpkg-deb", ["--root-owner-group", "-Znone", "--build", folder, `${deb}.old`]);
  return `${deb}.old`;
}

/** Has a Janus talk as it is installed; it must say this. */
async function talk(debian: Debian, deno: string, options = ""): Promise<void> {
  let said: string;
  try {
    said = await debian.run(`python3 /srv/talk.py ${options}`);
  } catch (error) {
    const log = await Deno.readTextFile(`${debian.root}/srv/janus.log`).catch(() => "");
    throw new Error(`${error}\n${log}`);
  }
  const { version, ...rest } = JSON.parse(said);
  assertMatch(version, /^1\.\d/);
  assertEquals(rest, { has_session: true, event: "created", denos: [deno, deno] });
}

async function files(debian: Debian): Promise<string[]> {
  return (await debian.run("dpkg -L janus-zeromq")).trim().split("\n");
}

/** What of these paths is there, folders left out that other packages have as well. */
async function left(debian: Debian, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!await exists(debian.root + path)) continue;
    const { isDirectory } = await Deno.lstat(debian.root + path);
    if (!isDirectory || path.includes("janus-zeromq")) found.push(path);
  }
  return found;
}

async function prepare(made: Made, debian: Debian): Promise<void> {
  await debian.put(made.deb, "janus-zeromq_new.deb");
  await debian.put(await older(made.deb), "janus-zeromq_old.deb");
  await debian.put(made.tarball, "janus-zeromq.tar.gz");
  await debian.put(new URL("support/talk.py", import.meta.url).pathname, "talk.py");
}

Deno.test({
  name: "in a fresh Debian",
  ignore: reason !== undefined,
  fn: async (t) => {
    await using copy = await ProjectCopy.create(ARCHITECTURE.name);
    await using debian = await Debian.create();
    await prepare(await copy.make(), debian);

    await t.step("apt-get installs it with Janus and libzmq, and it works", async () => {
      assert(!await exists(`${debian.root}/usr/bin/janus`));
      await debian.run("apt-get install -y /srv/janus-zeromq_old.deb");
      await debian.run("apt-get install -y --no-install-recommends python3-zmq");
      await debian.run(`${ADMIN}; ${BROADCAST}`);
      await talk(debian, DENO);
      // Nobody else's Deno, and none for others.
      assert(!await exists(`${debian.root}/usr/bin/deno`));
    });

    await t.step(
      "a filter type-checks and runs with what is installed, without a network",
      async () => {
        const folder = "/etc/janus/filters";
        await debian.run(`janus-zeromq filter new mine --folder ${folder}`);
        await debian.run(`cd ${folder} && ${DENO} check --quiet mine.ts && ${DENO} test --quiet`);
        await debian.run(`janus-zeromq filter try ${folder}/mine.ts`);
        const path = `${debian.root}${folder}/mine.ts`;
        await Deno.writeTextFile(
          path,
          `${await Deno.readTextFile(path)}\nconst wrong: number = "x";\n`,
        );
        const { code, text } = await debian.try(`cd ${folder} && ${DENO} check --quiet mine.ts`);
        assertEquals(code, 1);
        assertStringIncludes(text, "wrong");
      },
    );

    await t.step("the command knows its place", async () => {
      const version = await debian.run("janus-zeromq version");
      assertStringIncludes(version, DENO);
      assertStringIncludes(version, "transports/libjanus_zeromq.so");
      const doctor = await debian.run("janus-zeromq doctor");
      assertMatch(doctor, new RegExp(`ok +Deno for Janus .*${DENO}`));
      const help = await debian.run("janus-zeromq --help");
      assertStringIncludes(help, "filter new");
      await debian.run("bash -n /usr/share/bash-completion/completions/janus-zeromq");
    });

    await t.step("an update keeps a configuration that was changed", async () => {
      const before = await Deno.readTextFile(debian.root + CONFIG);
      const install = "dpkg --force-confold -i /srv/janus-zeromq_new.deb";
      const quiet = await debian.try(install);
      assertEquals(quiet.code, 0, quiet.text);
      assert(!quiet.text.includes("What would you like to do"), quiet.text);
      assertEquals(await Deno.readTextFile(debian.root + CONFIG), before);
      assert(!await exists(`${debian.root}/usr/share/janus-zeromq/old`));
      await talk(debian, DENO);
    });

    await t.step("asked, dpkg shows the choice, and keeps it unless told", async () => {
      await debian.run("dpkg --force-confold -i /srv/janus-zeromq_old.deb");
      const before = await Deno.readTextFile(debian.root + CONFIG);
      const asked = await debian.try("dpkg -i /srv/janus-zeromq_new.deb", "\n");
      assertEquals(asked.code, 0, asked.text);
      assertStringIncludes(asked.text, `Configuration file '${CONFIG}'`);
      // The other one was not changed: nothing to ask.
      assert(!asked.text.includes("zeromqevh.jcfg'"), asked.text);
      assertEquals(await Deno.readTextFile(debian.root + CONFIG), before);
      await run("test", ["-f", `${debian.root}${CONFIG}.dpkg-dist`]);
    });

    await t.step("removed, its configuration stays; purged, nothing does", async () => {
      const all = await files(debian);
      await debian.run("apt-get remove -y janus-zeromq");
      const kept = (await left(debian, all)).toSorted();
      assertEquals(kept, ["/etc/janus/janus.eventhandler.zeromqevh.jcfg", CONFIG]);
      await debian.run("apt-get purge -y janus-zeromq");
      assertEquals(await left(debian, all), []);
      assert(!await exists(`${debian.root}${CONFIG}.dpkg-dist`));
      const found = await debian.run(
        // What Deno keeps of a filter's test is in the cache of whoever ran it.
        "find / -xdev -name '*zeromq*' -not -path '/srv/*' -not -path '*/.cache/*' -not -path '/proc/*'",
      );
      assertEquals(found.split("\n").filter((line) => !line.startsWith("/var/cache/apt/")), [""]);
    });

    await t.step("it can be installed again", async () => {
      await debian.run("apt-get install -y /srv/janus-zeromq_new.deb");
      await debian.run(ADMIN);
      await talk(debian, DENO);
      await debian.run("apt-get purge -y janus-zeromq");
    });

    await t.step("the tarball serves a Janus below another prefix", async () => {
      const lib = `/usr/lib/${ARCHITECTURE.triplet}/janus`;
      // What Janus's own build would have put there.
      await debian.run(`
        mkdir -p /opt/janus/etc /opt/janus/lib
        cp -r /etc/janus /opt/janus/etc/
        cp -r ${lib} /opt/janus/lib/
        chown -R 1000:1000 /opt/janus
        cd /opt/janus/etc/janus
        sed -i 's#"/etc/janus"#"/opt/janus/etc/janus"#; s#"${lib}/#"/opt/janus/lib/janus/#' janus.jcfg
        umask 077
        tar -C /opt/janus --strip-components=1 -xzf /srv/janus-zeromq.tar.gz
        for name in janus.transport.zeromq janus.eventhandler.zeromqevh; do
          cp -n $name.jcfg.sample $name.jcfg
        done
        sed -i 's/admin_enabled = false/admin_enabled = true/' janus.transport.zeromq.jcfg`);
      await talk(debian, "/opt/janus/lib/janus-zeromq/deno", "-F /opt/janus/etc/janus");
      // What was there keeps its owner; what is new is root's.
      const owners = await debian.run(
        "stat -c '%u %a' /opt/janus/lib /opt/janus/lib/janus-zeromq /opt/janus/lib/janus-zeromq/deno",
      );
      assertEquals(owners, "1000 755\n0 755\n0 755\n");
    });
  },
});
