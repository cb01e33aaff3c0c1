/** What `doctor` says of Janus's unit. */
import { isJitless, limits, readShown, unit } from "../../../scripts/doctor/unit.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { withFiles } from "../../folder.ts";
import { waitFor } from "../../janus/support/fixture.ts";

const DEBIAN = "[Service]\nType=forking\nExecStart=/usr/bin/janus --daemon\nLimitNOFILE=65536\n";
const POLICY = "[Service]\nOOMPolicy=continue\n";
const nowhere = () => Promise.resolve(undefined);

/** What is said of Debian's unit with drop-ins in two folders. */
async function said(
  dropIns: Record<string, string>,
  jitless = false,
): Promise<(readonly [status: string, detail: string, remedy: string])[]> {
  let found: Awaited<ReturnType<typeof unit>> = [];
  await withFiles({ "lib/janus.service": DEBIAN, ...dropIns }, async (folder) => {
    found = await unit(jitless, [`${folder}/etc`, `${folder}/lib`], nowhere);
  });
  return found.map(({ status, detail, remedy = "" }) => [status, detail, remedy] as const);
}

const lines = (found: Awaited<ReturnType<typeof said>>) =>
  found.map(([, , remedy]) => remedy.replace("# systemctl edit janus, below [Service]: ", ""));

Deno.test("Debian's own unit has Janus end with a process; our drop-in is what is missing", async () => {
  const [[status, detail, remedy] = [], ...more] = await said({});
  assertEquals([status, more], ["warning", []]);
  assertStringIncludes(detail!, "OOMPolicy=stop: Janus ends");
  assertStringIncludes(remedy!, "systemctl edit janus, below [Service]: OOMPolicy=continue");
  const ours = await Deno.readTextFile(`${PROJECT_ROOT}/conf/systemd/janus-zeromq.conf`);
  assertEquals((await said({ "etc/janus.service.d/janus-zeromq.conf": ours })).map(([s]) => s), [
    "ok",
  ]);
});

Deno.test("nothing is wrong with the hardened example", async () => {
  const files: Record<string, string> = {};
  for (const name of ["janus-zeromq.conf", "janus-hardened.conf"]) {
    const text = await Deno.readTextFile(`${PROJECT_ROOT}/conf/systemd/${name}`);
    files[`etc/janus.service.d/${name}`] = text;
  }
  assertEquals((await said(files)).map(([status]) => status), ["ok"]);
});

Deno.test("each setting that ends the plugins is told of, with the line that mends it", async () => {
  for (
    const [settings, problem, line] of [
      ["LimitAS=16G", /Deno does not start/, /^LimitAS=infinity$/],
      ["LimitAS=1T:2T\nLimitAS=34359738368", /LimitAS=34359738368/, /^LimitAS=infinity$/],
      ["MemoryDenyWriteExecute=true", /runtime\.jitless/, /^MemoryDenyWriteExecute=no$/],
      ["RestrictAddressFamilies=AF_INET AF_INET6", /AF_UNIX, AF_NETLINK/, /=AF_UNIX AF_NETLINK$/],
      ["RestrictAddressFamilies=~AF_NETLINK", /without AF_NETLINK/, /Families=AF_NETLINK$/],
      ["SystemCallFilter=@system-service", /pkey_alloc/, /^SystemCallErrorNumber=EPERM$/],
      [
        "SystemCallErrorNumber=EPERM\nSystemCallFilter=@system-service\nSystemCallFilter=~@resources",
        /sched_setscheduler/,
        /^SystemCallFilter=@resources$/,
      ],
      ["SystemCallFilter=~memfd_create", /memfd_create/, /^SystemCallFilter=@system-service$/],
    ] as const
  ) {
    const found = await said({ "etc/janus.service.d/a.conf": `${POLICY}${settings}\n` });
    assertEquals(found.map(([status]) => status), ["warning"], settings);
    assertMatch(found[0]![1], problem);
    assertMatch(lines(found)[0]!, line);
    // It mends it.
    const mended = `[Service]\n${lines(found)[0]}\n`;
    const files = { "a.conf": `${POLICY}${settings}\n`, "b.conf": mended };
    const after = await said(
      Object.fromEntries(
        Object.entries(files).map(([name, text]) => [`etc/janus.service.d/${name}`, text]),
      ),
    );
    assertEquals(after.map(([status]) => status), ["ok"], mended);
  }
});

Deno.test("what does no harm is not told of", async () => {
  for (
    const settings of [
      ...["LimitAS=infinity", "LimitAS=1T", "MemoryDenyWriteExecute=no"],
      "RestrictAddressFamilies=~AF_PACKET",
      "SystemCallFilter=@system-service\nSystemCallErrorNumber=EPERM",
      "RestrictAddressFamilies=AF_INET\nRestrictAddressFamilies=",
    ]
  ) {
    const found = await said({ "etc/janus.service.d/a.conf": `${POLICY}${settings}\n` });
    assertEquals(found.map(([status]) => status), ["ok"], settings);
  }
  const writable = `${POLICY}MemoryDenyWriteExecute=yes\n`;
  assertEquals((await said({ "etc/janus.service.d/a.conf": writable }, true)).length, 1);
});

Deno.test("where systemd runs, what it says counts", async () => {
  const show = [
    "OOMPolicy=continue",
    "LimitAS=17179869184",
    "SystemCallFilter=~sched_setscheduler",
    "SystemCallErrorNumber=2147483646",
    "RestrictAddressFamilies=",
    "LoadState=loaded",
  ].join("\n");
  const found = await unit(false, [], () => Promise.resolve(readShown(show)));
  assertEquals(found.map(({ detail }) => detail.split(/[ :]/)[0]), [
    "LimitAS=17179869184",
    "SystemCallFilter=",
  ]);
  assertEquals(readShown("OOMPolicy=\nLoadState=not-found\n"), undefined);
  assertEquals(await unit(false, [], nowhere), [], "there is no unit at all");
});

Deno.test("whether Deno compiles stands in the plugins' configurations", async () => {
  await withFiles({
    "a.jcfg": "runtime: { jitless = true }",
    "b.jsonc": '{ "runtime": { "jitless": true } } // so',
    "c.jcfg": 'runtime: { deno = "deno" }',
    "d.jcfg": "runtime: {",
  }, async (folder) => {
    const found = ["a.jcfg", "b.jsonc", "c.jcfg", "d.jcfg", "none.jcfg"].map((name) =>
      isJitless(`${folder}/${name}`)
    );
    assertEquals(await Promise.all(found), [true, true, false, false, false]);
  });
});

Deno.test("a Janus that runs under a limit of address space is told of, whoever set it", async () => {
  await withFiles({}, async (folder) => {
    await Deno.copyFile("/bin/sleep", `${folder}/janus`);
    const args = ["--as=8589934592", `${folder}/janus`, "60"];
    await using sleeper = new Deno.Command("prlimit", { args, stdin: "null" }).spawn();
    const told = async () =>
      (await limits()).find(({ detail }) => detail.includes(`pid ${sleeper.pid})`))?.detail;
    await waitFor("it to be seen", async () => (await told()) !== undefined);
    assertStringIncludes((await told())!, "8.0 GiB of address space");
  });
});
