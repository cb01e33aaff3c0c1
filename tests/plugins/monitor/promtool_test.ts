/** Prometheus's own tool takes what is served, the alerts, and what the dashboard asks. */
import { Expositions, prefersOpenMetrics } from "../../../plugins/monitor/exposition.ts";
import { METRIC_NAMES, METRICS } from "../../../plugins/monitor/metric_table.ts";
import type { Model } from "../../../plugins/monitor/model.ts";
import { DROP_LABELS } from "../../../plugins/janus/places.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assert, assertEquals, assertLess, assertStringIncludes } from "../../assert.ts";
import { withFiles } from "../../folder.ts";
import { BEGAN, modelOf, recordedCalls } from "./support.ts";

const ALERTS = `${PROJECT_ROOT}/scripts/monitor/alerts.yml`;
const DASHBOARD = `${PROJECT_ROOT}/scripts/monitor/grafana.json`;
const OPEN = "application/openmetrics-text";

const CAUSES = ["ring_full", "oversized", "invalid", "slow_subscriber", "filter_error"];

/** A model with something in each metric. */
function full(): Model {
  const model = modelOf();
  const [server] = model.servers;
  for (const event of recordedCalls()) model.take(0, [event], null, BEGAN);
  const types = Object.fromEntries(DROP_LABELS.map((label) => [label, 1]));
  const filters = [{ name: "quiet", state: "on", events: 10, errors: 1, microseconds: 3 }];
  const dropped = Object.fromEntries(CAUSES.map((cause) => [cause, types]));
  const info = { state: "running", restarts: 1, ring: { used: 3, size: 9 } };
  server!.takePluginInfo("eventhandler", { ...info, dropped, filters }, BEGAN);
  server!.takePluginInfo("transport", info, BEGAN);
  return model;
}

async function promtool(args: readonly string[], input?: string): Promise<string> {
  const process = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input ?? "")).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await process.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  return said;
}

Deno.test("promtool has nothing to say against the metrics", async () => {
  const { contentType, text } = await new Expositions(full()).write("");
  assertEquals(contentType, "text/plain; version=0.0.4; charset=utf-8");
  assertEquals(await promtool(["check", "metrics"], text), "");
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assertLess(samples.length, 450);
});

Deno.test("Prometheus's parser of OpenMetrics takes them as well", async () => {
  const { contentType, text } = await new Expositions(full()).write(OPEN);
  assertEquals(contentType, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  // Of samples on disk it wants to know the time.
  const timed = text.replaceAll(/^([^#\n].*)$/gm, `$1 ${BEGAN / 1000}`);
  await withFiles({ "metrics.txt": timed }, async (folder) => {
    const args = ["tsdb", "create-blocks-from", "openmetrics", `${folder}/metrics.txt`];
    const said = await promtool([...args, `${folder}/out`]);
    assertStringIncludes(said, "BLOCK ULID");
  });
});

Deno.test("the format is the one that the reader prefers", () => {
  const prometheus = "application/openmetrics-text;version=1.0.0;q=0.5," +
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  assertEquals(prefersOpenMetrics(prometheus), true);
  for (const other of ["", "*/*", "text/html,*/*;q=0.8", "text/plain", `${OPEN};q=0`]) {
    assertEquals(prefersOpenMetrics(other), false, other);
  }
  assertEquals(prefersOpenMetrics(`text/plain;q=0.9,${OPEN};q=0.2`), false);
});

Deno.test("both formats have the same samples, whichever comes first", async () => {
  const expositions = new Expositions(full());
  const samples = async (accept: string) => {
    const { text } = await expositions.write(accept);
    return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  };
  const open = await samples(OPEN);
  assertEquals(await samples(""), open);
  assertEquals(await samples(OPEN), open);
});

/** The metrics that an expression names. */
function namesIn(expression: string): string[] {
  return [...expression.matchAll(/\bjanus_\w+/g)].map(([name]) =>
    name!.replace(/_(bucket|sum|count)$/, (suffix) => name! in METRICS ? suffix : "")
  );
}

function expressionsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { expr } = value as { readonly expr?: unknown };
  return [
    ...(typeof expr === "string" ? [expr] : []),
    ...Object.values(value).flatMap(expressionsOf),
  ];
}

Deno.test("promtool takes the alerts, and each metric in them is there", async () => {
  await promtool(["check", "rules", ALERTS]);
  const rules = await Deno.readTextFile(ALERTS);
  const unknown = namesIn(rules).filter((name) => !(name in METRICS));
  assertEquals(unknown, []);
});

Deno.test("an alert fires when it should: events dropped, or not coming, Janus down, or anew", async () => {
  const tests = `rule_files: [ ${ALERTS} ]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'janus_up{instance_name="a"}', values: "1 1 0 0 0 0" }
      - { series: 'janus_zeromq_dropped_total{instance_name="a",cause="ring_full",type="media"}', values: "0 0 0 0 7 7" }
      - { series: 'janus_up{instance_name="b"}', values: "1 1 1 1 1 1" }
      - { series: 'janus_events_up{instance_name="a"}', values: "1 1 0 0 0 0" }
      - { series: 'janus_events_up{instance_name="b"}', values: "1 1 0 0 0 0" }
      - { series: 'janus_restarts_total{instance_name="a"}', values: "0 0 0 0 1 1" }
      - { series: 'janus_restarts_total{instance_name="b"}', values: "0 0 0 0 0 0" }
    alert_rule_test:
      - { eval_time: 1m, alertname: JanusEventsDown, exp_alerts: [] }
      - eval_time: 4m
        alertname: JanusEventsDown
        exp_alerts:
          - exp_labels: { severity: critical, instance_name: b }
            exp_annotations: { summary: "Janus b answers, but its events do not come: nothing is known of its calls" }
      - eval_time: 5m
        alertname: JanusRestarted
        exp_alerts:
          - exp_labels: { severity: warning, instance_name: a }
            exp_annotations: { summary: "Janus a began anew: its sessions and calls were lost" }
      - { eval_time: 1m, alertname: JanusDown, exp_alerts: [] }
      - eval_time: 4m
        alertname: JanusDown
        exp_alerts:
          - exp_labels: { severity: critical, instance_name: a }
            exp_annotations: { summary: "Janus a does not answer" }
      - eval_time: 4m
        alertname: JanusEventsDropped
        exp_alerts:
          - exp_labels: { severity: warning, instance_name: a, cause: ring_full }
            exp_annotations: { summary: "a drops events: ring_full" }
`;
  await withFiles({ "tests.yml": tests }, async (folder) => {
    assertStringIncludes(await promtool(["test", "rules", `${folder}/tests.yml`]), "SUCCESS");
  });
});

Deno.test("the dashboard asks for metrics that are there, for all of them, in queries that parse", async () => {
  const dashboard: unknown = JSON.parse(await Deno.readTextFile(DASHBOARD));
  const expressions = expressionsOf(dashboard);
  assert(expressions.length > 40, `${expressions.length}`);
  const named = new Set(expressions.flatMap(namesIn));
  assertEquals([...named].filter((name) => !(name in METRICS)), []);
  assertEquals(METRIC_NAMES.filter((name) => !named.has(name)), []);
  const rules = expressions.map((expression, index) => ({
    record: `dashboard:${index}`,
    expr: expression.replaceAll("$__rate_interval", "5m").replaceAll("$server", ".*"),
  }));
  // JSON is YAML, too.
  const file = JSON.stringify({ groups: [{ name: "dashboard", rules }] });
  await withFiles({ "rules.yml": file }, async (folder) => {
    await promtool(["check", "rules", `${folder}/rules.yml`]);
  });
});
