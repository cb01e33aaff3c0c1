/** The metrics of one server. @module */
import { describeMetric, METRIC_NAMES, type MetricName, type NamesOf } from "./metric_table.ts";
import { type Cell, Family, Spread } from "./tallies.ts";

/** What is counted of one kind of media. Kept by each medium, which then looks nothing up. */
export interface MediaTallies {
  readonly bytesIn: Cell;
  readonly bytesOut: Cell;
  readonly packetsIn: Cell;
  readonly packetsOut: Cell;
  readonly lostLocal: Cell;
  readonly nacksIn: Cell;
  readonly nacksOut: Cell;
  readonly retransmissionsIn: Cell;
  readonly jitterLocal: Spread;
  readonly lossLocal: Spread;
  readonly implausible: Cell;
  /** What peers report; there is nothing of it until one has. */
  remote(): RemoteTallies;
}

/** What is counted of what peers report. */
export interface RemoteTallies {
  readonly lost: Cell;
  readonly rtt: Spread;
  readonly jitter: Spread;
  readonly loss: Spread;
}

/** Counts what a server does. */
export class ServerMetrics {
  /** Labels' values that were one too many. */
  readonly overflow: Cell;
  /** Numbers that cannot be. */
  readonly implausible: Cell = { value: 0 };
  readonly #families = new Map<MetricName, Family<Cell> | Family<Spread>>();
  readonly #media = new Map<string, MediaTallies>();

  constructor() {
    const overflow: Cell = { value: 0 };
    for (const name of METRIC_NAMES) {
      const { labels, bounds } = describeMetric(name);
      const family = bounds === undefined
        ? new Family<Cell>(labels.length, overflow, () => ({ value: 0 }))
        : new Family<Spread>(labels.length, overflow, () => new Spread(bounds, this.implausible));
      this.#families.set(name, family);
      // Those without labels are there from the beginning, so that a rate can be taken of them.
      if (labels.length === 0) family.at();
    }
    this.overflow = overflow;
  }

  /** A counter or gauge. */
  cell(name: NamesOf<"counter" | "gauge">, ...labels: string[]): Cell {
    return this.family(name).at(...labels) as Cell;
  }

  /** A histogram. */
  spread(name: NamesOf<"histogram">, ...labels: string[]): Spread {
    return this.family(name).at(...labels) as Spread;
  }

  /** All series of a metric. */
  family(name: MetricName): Family<Cell> | Family<Spread> {
    return this.#families.get(name)!;
  }

  /** What is counted of a kind of media. */
  media(kind: string): MediaTallies {
    let found = this.#media.get(kind);
    if (found !== undefined) return found;
    let remote: RemoteTallies | undefined;
    found = {
      bytesIn: this.cell("janus_media_bytes_total", kind, "in"),
      bytesOut: this.cell("janus_media_bytes_total", kind, "out"),
      packetsIn: this.cell("janus_media_packets_total", kind, "in"),
      packetsOut: this.cell("janus_media_packets_total", kind, "out"),
      lostLocal: this.cell("janus_media_lost_packets_total", kind, "local"),
      nacksIn: this.cell("janus_media_nacks_total", kind, "in"),
      nacksOut: this.cell("janus_media_nacks_total", kind, "out"),
      retransmissionsIn: this.cell("janus_media_retransmissions_total", kind, "in"),
      jitterLocal: this.#quality("janus_media_jitter_seconds", kind, "local"),
      lossLocal: this.#quality("janus_media_loss_ratio", kind, "local"),
      implausible: this.implausible,
      remote: () => remote ??= this.#remote(kind),
    };
    this.#media.set(kind, found);
    return found;
  }

  #remote(kind: string): RemoteTallies {
    return {
      lost: this.cell("janus_media_lost_packets_total", kind, "remote"),
      rtt: this.spread("janus_media_rtt_seconds", kind, "remote"),
      jitter: this.spread("janus_media_jitter_seconds", kind, "remote"),
      loss: this.spread("janus_media_loss_ratio", kind, "remote"),
    };
  }

  /** Data channels have none: theirs would be series of nothing. */
  #quality(name: NamesOf<"histogram">, kind: string, origin: string): Spread {
    return kind === "data" ? new Spread([]) : this.spread(name, kind, origin);
  }
}
