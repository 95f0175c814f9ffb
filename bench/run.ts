import { parseArgs } from 'node:util';
import { measureDecision } from './decision.ts';
import { asObject, describe, type Figure } from './figure.ts';
import { measureFirstVisit } from './first-visit.ts';
import { measureGate } from './gate.ts';
import { measureHistories } from './histories.ts';
import { measureInbox } from './inbox.ts';
import { lighthouseFigures, measureLighthouse } from './lighthouse.ts';
import { measureMemory } from './memory.ts';
import { measurePages } from './pages.ts';
import { measurePayments } from './payments.ts';
import { type Product, startProduct } from './product.ts';
import { measureRelay } from './relay.ts';
import { measureReservations } from './reservations.ts';
import { measureRestore } from './restore.ts';
import { measureWebhook } from './webhook.ts';

/**
 * `npm run bench [-- --json] [-- --only <figure>]`: every figure of the product beside its bare baseline, in one run.
 * A figure out of its target is printed, not thrown: the exit code says only whether everything could be measured.
 */

/** In this order: what is delicate first, memory after the load. */
const measurements: { figures: string[]; measure: (product: Product) => Figure[] | Promise<Figure[]> }[] = [
  { figures: ['first_visit_kb'], measure: measureFirstVisit },
  { figures: ['history_events', 'history_events_first'], measure: measureHistories },
  { figures: lighthouseFigures, measure: measureLighthouse },
  { figures: ['page_p95_ms', 'page_ratio'], measure: measurePages },
  { figures: ['reservation_ratio'], measure: measureReservations },
  { figures: ['decision_ratio'], measure: measureDecision },
  { figures: ['payment_ratio'], measure: measurePayments },
  { figures: ['webhook_p95_ms'], measure: measureWebhook },
  { figures: ['gate_ratio', 'gate_p99_ms'], measure: measureGate },
  { figures: ['relay_healthy_ms'], measure: measureRelay },
  // After all others: a hundred thousand tasks stay.
  { figures: ['inbox_p95_ms', 'inbox_sql_ms'], measure: measureInbox },
  { figures: ['rss_mb'], measure: measureMemory },
  // The very last: everything is lost.
  { figures: ['restore_s'], measure: (product) => measureRestore(product) },
];

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });
/** `lighthouse` asks for all of its figures. */
const isAskedFor = (name: string): boolean =>
  options.only === undefined ||
  name === options.only ||
  (options.only === 'lighthouse' && name.startsWith('lighthouse_'));
const wanted = measurements.filter(({ figures }) => figures.some(isAskedFor));
if (wanted.length === 0) {
  console.error(
    `No such figure: ${options.only}. There are ${measurements.flatMap(({ figures }) => figures).join(', ')}.`,
  );
  process.exit(2);
}

const say = options.json ? () => {} : (line: string) => console.log(line);
const interrupted = Promise.withResolvers<never>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.reject(new Error(`Stopped by ${signal}`)));
}

const found: Figure[] = [];
try {
  say('Bringing the product up on servers of its own …');
  const product = await startProduct();
  try {
    for (const { figures, measure } of wanted) {
      say(`… ${figures.join(', ')}`);
      const measured = await Promise.race([measure(product), interrupted.promise]);
      for (const figure of measured) {
        if (!isAskedFor(figure.name)) continue;
        found.push(figure);
        say(describe(figure));
      }
    }
  } finally {
    await product.stop();
  }
  if (options.json) console.log(JSON.stringify(asObject(found)));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
