import { Gauge, register } from 'prom-client';
import type { Log } from '../platform/log.ts';
import { type Figure, type FigureGroupName, figureGroups, readFigures } from '../store/office/figures.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * The figures of the database at `/metrics` of a worker. They are read when somebody asks, at most once in a while, and
 * nobody waits long for them: without the database they are missing, and `xiaomen_figures_read` says so.
 */
export interface Figures {
  /** Resolves when the reading under way is over. */
  stop(): Promise<void>;
}

type Reading = Map<FigureGroupName, Figure[]>;
const groups = Object.keys(figureGroups) as FigureGroupName[];
/** How long a reading holds, and how long somebody waits for one, in ms. */
const holds = 10_000;
const patience = 2_000;

/** What the gauges are told; metrics are made once a process, while a test may start several workers in one. */
let current: (() => Promise<Reading>) | undefined;

export function showFigures(
  { db }: Pick<ActivityDeps, 'db'>,
  { log, hold = holds }: { log: Log; hold?: number },
): Figures {
  let running: Promise<Reading> | undefined;
  /** It was said already. */
  let failing = false;
  let last: { reading: Reading; at: number } | undefined;

  async function readAll(): Promise<Reading> {
    const reading: Reading = new Map();
    let fault: unknown;
    // One after the other: watching takes one connection.
    for (const group of groups) {
      const figures = await readFigures(db, group).catch((err: unknown) => {
        fault = err;
      });
      if (figures) reading.set(group, figures);
    }
    if (fault && !failing) log.warn({ err: fault }, 'not all figures are read');
    failing = fault !== undefined;
    last = { reading, at: performance.now() };
    return reading;
  }

  const read = async (): Promise<Reading> => {
    if (last && performance.now() - last.at < hold) return last.reading;
    running ??= readAll().finally(() => {
      running = undefined;
    });
    return Promise.race([running, nothingAfter(patience)]);
  };
  current = read;
  makeGauges();

  return {
    async stop() {
      if (current === read) current = undefined;
      await running;
    },
  };
}

function nothingAfter(ms: number): Promise<Reading> {
  return new Promise((resolve) => setTimeout(resolve, ms, new Map()).unref());
}

function makeGauges(): void {
  if (register.getSingleMetric('xiaomen_figures_read')) return;
  new Gauge({
    name: 'xiaomen_figures_read',
    help: '1 where a group of figures could be read from the database.',
    labelNames: ['of'],
    async collect() {
      const reading = await current?.();
      this.reset();
      for (const of of reading ? groups : []) this.set({ of }, reading?.has(of) ? 1 : 0);
    },
  });
  for (const group of groups) {
    const figures: Record<string, { help: string; labels?: readonly string[] }> = figureGroups[group].figures;
    for (const [name, { help, labels = [] }] of Object.entries(figures)) {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        async collect() {
          const reading = await current?.();
          this.reset();
          if (!reading?.has(group) && labels.length === 0) this.remove();
          for (const figure of reading?.get(group) ?? [])
            if (figure.name === name) this.set(figure.labels, figure.value);
        },
      });
    }
  }
}
