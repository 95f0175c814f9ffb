import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { Direction } from '../domain/reservation.ts';
import { tellSpan } from '../platform/tracing.ts';
import type { Answered } from './scan.ts';

/** What Prometheus reads of a gate. A test may hold several gates in one process: metrics are made once. */

interface State {
  /** Passes known. */
  passes(): number;
  /** Events waiting to be forwarded. */
  waiting(): number;
  /** Entries that neither disk nor memory took. */
  lost(): number;
  /** Epoch milliseconds. */
  lastWrite(): number | undefined;
}
const states = new Map<string, State>();

const answers = once('gate_answers_total', (name) => {
  return new Counter({ name, help: 'Scans answered, by reason code.', labelNames: ['gate', 'reason', 'open'] });
});
const seconds = once('gate_decision_seconds', (name) => {
  const buckets = [0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3];
  return new Histogram({ name, help: 'Time from scan to event on disk.', labelNames: ['gate'], buckets });
});
once('gate_ledger', (name) => {
  const labelNames = ['gate', 'of'];
  return new Gauge({
    name,
    help: 'Passes known, events waiting and lost, last write.',
    labelNames,
    collect: collectStates,
  });
});

function collectStates(this: Gauge): void {
  for (const [gate, { passes, waiting, lost, lastWrite }] of states) {
    this.set({ gate, of: 'passes' }, passes());
    this.set({ gate, of: 'waiting' }, waiting());
    this.set({ gate, of: 'lost' }, lost());
    this.set({ gate, of: 'last_write_seconds' }, (lastWrite() ?? 0) / 1000);
  }
}

export function countAnswer(gate: string, { reason, open }: Answered, took: number): void {
  answers.inc({ gate, reason, open: String(open) });
  seconds.observe({ gate }, took / 1000);
}

/** A scan of a pass, in the trace of its visit. Guesses belong to none and leave no span. */
export function traceAnswer(
  gate: string,
  { reason, open }: Answered,
  { took, direction, visit }: { took: number; direction: Direction; visit?: string | undefined },
): void {
  if (!visit) return;
  tellSpan({
    name: 'scan',
    kind: 'server',
    visit,
    began: Date.now() - took,
    attributes: {
      'xiaomen.gate': gate,
      'xiaomen.gate.reason': reason,
      'xiaomen.gate.open': open,
      'xiaomen.direction': direction,
    },
  });
}

/** @returns forgets the gate again */
export function watchLedger(gate: string, state: State): () => void {
  states.set(gate, state);
  return () => states.delete(gate);
}

function once<M extends object>(name: string, make: (name: string) => M): M {
  return (register.getSingleMetric(name) as unknown as M | undefined) ?? make(name);
}
