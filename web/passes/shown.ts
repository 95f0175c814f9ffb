import { showGateCode } from '../../domain/gate-code.ts';
import { notFound } from '../../platform/errors.ts';
import { allGates, type Gate } from '../../store/content/content.ts';
import { passesAtGates } from '../../store/gates/gate-status.ts';
import { type Pass, readCredentials } from '../../store/passes/pass.ts';
import type { WebDeps } from '../deps.ts';
import { type PassState, passStateOf } from './pass-state.ts';
import { createQr, drawQr, type Qr } from './qr.ts';

/** A scan must not meet the end of a step: without scripts the page comes anew more often than steps change. */
const renewSeconds = 20;

/** The part of a pass that changes with time: all that its page and the part that renews itself show. */
export interface Shown {
  pass: Pass;
  state: PassState;
  now: Date;
  renewSeconds: number;
  gates: { gate: Gate; ready: boolean }[];
  /** What a scanner reads: renewed by us, or the version for paper where the pass is bound to a phone. */
  qr?: Qr & { kind: 'renewed' | 'paper' };
  /** The bytes that the bound phone signs steps of, base64. Worthless to any other. */
  bound?: string;
  gateCode?: string;
  /** Paper or a picture of this version is about: no phone takes the pass over unasked. */
  printed?: boolean;
}

/** @returns what to draw at this moment; the caller has checked who may see the pass */
export function createShowing({ db, cipher, keys }: Pick<WebDeps, 'db' | 'cipher' | 'keys'>) {
  const renew = createQr(keys.renewal);
  return async (pass: Pass): Promise<Shown> => {
    const now = new Date();
    const state = passStateOf(pass, now);
    const shown = { pass, state, now, renewSeconds, gates: await gatesOf(db, pass) };
    if (state === 'over' || state === 'revoked') return shown;
    const credentials = await readCredentials(db, cipher, pass.id);
    if (!credentials) throw notFound();
    const live = { ...shown, printed: pass.printedAt !== null, gateCode: showGateCode(credentials.gateCode) };
    if (!pass.binding) return { ...live, qr: { kind: 'renewed', ...(await renew(credentials.token, now)) } };
    return {
      ...live,
      bound: credentials.token.toString('base64'),
      ...(credentials.paper && { qr: { kind: 'paper', ...(await drawQr(credentials.paper)) } }),
    };
  };
}

/** The gates in service of the pass's campus, and which have acknowledged this version. */
async function gatesOf(db: WebDeps['db'], { campus, reservation, ordinal, version }: Pass): Promise<Shown['gates']> {
  const [gates, known] = await Promise.all([allGates(db), passesAtGates(db, reservation)]);
  return gates
    .filter((gate) => gate.campus === campus && !gate.retiredAt)
    .map((gate) => ({
      gate,
      ready: known.some(
        (at) => at.gate === gate.id && at.ordinal === ordinal && at.version === version && at.acknowledged,
      ),
    }));
}
