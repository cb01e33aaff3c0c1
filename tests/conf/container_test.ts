/** The example of containers: its files fit together, and its health check tells a Janus that answers from others. */
import { parse } from "@std/yaml";
import { readConfig } from "../../plugins/host/config/read.ts";
import { SCHEMAS } from "../../plugins/host/config/schema.ts";
import { readJcfg } from "../../scripts/lib/jcfg.ts";
import { freePorts } from "../../scripts/lib/ports.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { capture, exists } from "../../scripts/lib/run.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { NATS_SERVER } from "../plugins/stream/server.ts";
import { parseJcfg } from "../plugins/host/config/libconfig.ts";
import { Fixture } from "../janus/support/fixture.ts";

const FOLDER = `${PROJECT_ROOT}/conf/container`;

interface Service {
  readonly image: string;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly hostname?: string;
}

function read(name: string): string {
  return Deno.readTextFileSync(`${FOLDER}/${name}`);
}

const compose = parse(read("compose.yaml"), { schema: "core" }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);

Deno.test("what the containers mount is there, and who they wait for, too", async () => {
  for (const [name, { volumes = [], depends_on = [] }] of services) {
    for (const volume of volumes) {
      const [source = "", target = ""] = volume.split(":");
      assertMatch(target, /^\//);
      if (source.startsWith(".")) assert(await exists(`${FOLDER}/${source}`), `${name}: ${source}`);
      else assert(source in compose.volumes, `${name}: ${source}`);
    }
    assertEquals(depends_on.filter((other) => !(other in compose.services)), []);
  }
});

Deno.test("only media is published beyond this machine, and in Janus's range", () => {
  const ports = services.flatMap(([, { ports = [] }]) => ports);
  const open = ports.filter((port) => !port.startsWith("127.0.0.1:"));
  const range = readJcfg(read("janus/janus.jcfg")).get("media.rtp_port_range");
  assertEquals(open, [`${range}:${range}/udp`]);
});

Deno.test("images are named without a registry, and the one that is built is no root's", () => {
  for (const [, { image }] of services) assert(!/^[^/]*\.[^/]*\//.test(image), image);
  const text = read("Containerfile");
  const users = [...text.matchAll(/^USER (\S+)$/gm)].map(([, user]) => user);
  assertEquals(users, ["janus"]);
  assert(text.indexOf("USER janus") < text.indexOf("ENTRYPOINT"));
});

Deno.test("what the image copies of the project is there", async () => {
  for (const [, sources = ""] of read("Containerfile").matchAll(/^COPY (\S+) /gm)) {
    // The package is built before.
    if (sources.startsWith("build/")) continue;
    assert(await exists(`${PROJECT_ROOT}/${sources.replace(/\/\*.*$/, "")}`), sources);
  }
});

Deno.test("Prometheus and NATS take their configurations, and the plugins theirs", async () => {
  const checked = await capture("promtool", [
    ...["check", "config", "--syntax-only", `${FOLDER}/prometheus.yml`],
  ]);
  assertEquals(checked?.code, 0, checked?.stderr);
  assertStringIncludes(read("prometheus.yml"), "monitor:5547");
  const nats = await capture(NATS_SERVER, ["-t", "-c", `${FOLDER}/nats.conf`]);
  assertEquals(nats?.code, 0, nats?.stderr);
  for (
    const [kind, name] of [["transport", "transport.zeromq"], [
      "eventhandler",
      "eventhandler.zeromqevh",
    ]] as const
  ) {
    const tree = parseJcfg(read(`janus/janus.${name}.jcfg`), SCHEMAS[kind]);
    const { warnings } = readConfig(kind, { format: "jcfg", path: "/etc/janus/shown", tree });
    assertEquals(warnings, []);
  }
  assertEquals(readJcfg(read("janus/janus.jcfg")).get("events.broadcast"), "true");
  assertEquals(
    readJcfg(read("janus/janus.jcfg")).get("general.server_name"),
    compose.services["janus"]?.hostname,
  );
});

/** Runs the check as the image does. */
async function health(endpoint: string) {
  const args = [
    "run",
    "--no-config",
    "--no-prompt",
    "--allow-ffi",
    `${FOLDER}/health.js`,
    endpoint,
  ];
  assertStringIncludes(read("Containerfile"), args.slice(0, 4).map((one) => `"${one}"`).join(", "));
  return await capture(Deno.execPath(), args);
}

Deno.test("the health check passes where Janus answers, and nowhere else", async () => {
  await using fixture = await Fixture.start();
  const healthy = await health(fixture.janus.endpoints.api);
  assertEquals(healthy, { code: 0, stdout: "", stderr: "" });
  // Connections are taken there, but nobody answers.
  const events = await health(fixture.janus.endpoints.events);
  assertEquals(events?.code, 1);
  assertStringIncludes(events?.stderr ?? "", "no reply within 3000 ms");
  const [port] = freePorts(1);
  assertEquals((await health(`tcp://127.0.0.1:${port}`))?.code, 1);
});
