/** Counters, gauges and histograms in the text format of Prometheus (version 0.0.4). */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

type Labels = Readonly<Record<string, string>>;

/** Upper bounds of the histogram, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Family {
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly values: Map<string, number>;
}

interface Durations {
  readonly counts: number[];
  sum: number;
}

export class Metrics {
  readonly #families = new Map<string, Family>();
  readonly #durations = new Map<string, Durations>();
  readonly #gauges: (() => void)[] = [];
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });

  constructor() {
    this.#delay.enable();
    this.gauge("process_resident_memory_bytes", "memory of the process", () => process.memoryUsage.rss());
    this.gauge("penchant_event_loop_delay_seconds", "99th percentile since it was last read", () => {
      const seconds = this.#delay.percentile(99) / 1e9;
      this.#delay.reset();
      return Number.isFinite(seconds) ? seconds : 0;
    });
  }

  count(name: string, help: string, labels: Labels = {}, by = 1): void {
    const { values } = this.#family(name, "counter", help);
    const key = written(labels);
    values.set(key, (values.get(key) ?? 0) + by);
  }

  /** Reads a value whenever the metrics are. */
  gauge(name: string, help: string, read: () => number | readonly (readonly [Labels, number])[]): void {
    this.#gauges.push(() => {
      const { values } = this.#family(name, "gauge", help);
      values.clear();
      const now = read();
      for (const [labels, value] of typeof now === "number" ? [[{}, now] as const] : now)
        values.set(written(labels), value);
    });
  }

  /** Notes how long a request took. */
  took(route: string, seconds: number): void {
    const key = `route="${escaped(route)}"`;
    const { counts, ...rest } = this.#durations.get(key) ?? { counts: BOUNDS.map(() => 0).concat(0), sum: 0 };
    const place = BOUNDS.findIndex((bound) => seconds <= bound);
    const at = place < 0 ? BOUNDS.length : place;
    counts[at] = (counts[at] as number) + 1;
    this.#durations.set(key, { counts, sum: rest.sum + seconds });
  }

  text(): string {
    for (const read of this.#gauges) read();
    const lines: string[] = [];
    for (const [name, { type, help, values }] of this.#families) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      for (const [labels, value] of values) lines.push(`${name}${labels} ${value}`);
    }
    return `${[...lines, ...this.#histogram()].join("\n")}\n`;
  }

  stop(): void {
    this.#delay.disable();
  }

  #family(name: string, type: Family["type"], help: string): Family {
    const found = this.#families.get(name) ?? { type, help, values: new Map<string, number>() };
    this.#families.set(name, found);
    return found;
  }

  *#histogram(): Generator<string> {
    const name = "penchant_http_request_seconds";
    if (this.#durations.size > 0) yield* [`# HELP ${name} time from request to answer`, `# TYPE ${name} histogram`];
    for (const [labels, { counts, sum }] of this.#durations) {
      let total = 0;
      for (const [i, count] of counts.entries()) {
        total += count;
        yield `${name}_bucket{${labels},le="${BOUNDS[i] ?? "+Inf"}"} ${total}`;
      }
      yield `${name}_sum{${labels}} ${sum}`;
      yield `${name}_count{${labels}} ${total}`;
    }
  }
}

function written(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
