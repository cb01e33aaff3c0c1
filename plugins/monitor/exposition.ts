/** The metrics as Prometheus reads them, written by prom-client. @module */
import { type Metric, Registry, type RegistryContentType } from "prom-client";
import { describeMetric, METRIC_NAMES, type MetricName } from "./metric_table.ts";
import type { Model } from "./model.ts";
import type { Server } from "./server.ts";
import { type Cell, type Series, Spread } from "./tallies.ts";

/** A sample, as prom-client writes it. */
interface Sample {
  readonly metricName?: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/** What is served. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Both formats. */
export class Expositions {
  readonly #model: Model;
  readonly #plain: Registry<RegistryContentType>;
  readonly #open: Registry<RegistryContentType>;

  constructor(model: Model) {
    this.#model = model;
    // prom-client shortens counters' names for OpenMetrics, in place: each format has its own.
    this.#plain = registryOf(model, Registry.PROMETHEUS_CONTENT_TYPE);
    this.#open = registryOf(model, Registry.OPENMETRICS_CONTENT_TYPE);
  }

  /** Writes all metrics. @param accept what the reader takes, as HTTP's header has it */
  async write(accept: string): Promise<Exposition> {
    for (const server of this.#model.servers) server.gauge();
    const registry = prefersOpenMetrics(accept) ? this.#open : this.#plain;
    return { contentType: registry.contentType, text: await registry.metrics() };
  }
}

function registryOf(model: Model, contentType: RegistryContentType): Registry<RegistryContentType> {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(contentType);
  for (const name of METRIC_NAMES) {
    // It takes whatever has a name and can be asked for its samples; its types know its own classes.
    registry.registerMetric(new ServersMetric(name, model) as unknown as Metric);
  }
  return registry;
}

/** A metric of all servers. */
class ServersMetric {
  name: string;
  readonly type: string;
  readonly help: string;
  readonly aggregator = "sum";
  readonly #metric: MetricName;
  readonly #model: Model;

  constructor(metric: MetricName, model: Model) {
    const { type, help } = describeMetric(metric);
    this.name = metric;
    this.type = type;
    this.help = help;
    this.#metric = metric;
    this.#model = model;
  }

  get(): object {
    const { name, type, help, aggregator } = this;
    const names = namesOf(this.#model.servers);
    const values = this.#model.servers.flatMap((
      server,
      index,
    ) => [...samplesOf(this.#metric, server, names[index]!)]);
    return { name, type, help, aggregator, values };
  }
}

/** What servers are called; those of equal names also by their endpoints, and their places if need be. */
export function namesOf(servers: readonly Server[]): string[] {
  const names = servers.map(({ name }) => name);
  const longer = names.map((name, index) =>
    isThereTwice(names, name) ? `${name} (${servers[index]!.endpoint})` : name
  );
  // Endpoints may be hidden.
  return longer.map((name, index) => isThereTwice(longer, name) ? `${name} ${index + 1}` : name);
}

function isThereTwice(names: readonly string[], name: string): boolean {
  return names.indexOf(name) !== names.lastIndexOf(name);
}

function* samplesOf(metric: MetricName, server: Server, instance: string): Generator<Sample> {
  const { labels: names, current } = describeMetric(metric);
  if (current && server.asOf !== null) return;
  for (
    const { labels, content } of server.metrics.family(metric).series() as Iterable<
      Series<Cell | Spread>
    >
  ) {
    const all: Record<string, string> = { instance_name: instance };
    for (const [index, name] of names.entries()) all[name] = labels[index]!;
    if (content instanceof Spread) yield* spreadSamples(metric, all, content);
    else yield { labels: all, value: content.value };
  }
}

function* spreadSamples(
  metric: string,
  labels: Record<string, string>,
  { bounds, counts, sum, count }: Spread,
): Generator<Sample> {
  let below = 0;
  for (const [index, bound] of bounds.entries()) {
    below += counts[index]!;
    yield { metricName: `${metric}_bucket`, labels: { ...labels, le: bound }, value: below };
  }
  yield { metricName: `${metric}_bucket`, labels: { ...labels, le: "+Inf" }, value: count };
  yield { metricName: `${metric}_sum`, labels, value: sum };
  yield { metricName: `${metric}_count`, labels, value: count };
}

/** Whether a reader wants OpenMetrics rather than the text format 0.0.4. */
export function prefersOpenMetrics(accept: string): boolean {
  const qualities = new Map<string, number>();
  for (const part of accept.split(",").slice(0, 20)) {
    const [type = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const quality = parameters.find((one) => one.startsWith("q="))?.slice(2) ?? "1";
    qualities.set(type, Math.max(qualities.get(type) ?? 0, Number(quality) || 0));
  }
  const open = qualities.get("application/openmetrics-text") ?? 0;
  const plain = qualities.get("text/plain") ?? qualities.get("text/*") ?? 0;
  return open > 0 && open >= plain;
}
