import type { RequestHandler } from 'express';
import { minute } from '../../domain/time.ts';
import { allGates } from '../../store/content/content.ts';
import { findFaults } from '../../store/office/fault.ts';
import type { WebDeps } from '../deps.ts';
import { showContradictions } from '../security/contradictions.ts';
import { gatesShown } from '../staff/gates-shown.ts';
import { whoIs } from '../staff/guard.ts';
import { onceWithin } from '../staff/once.ts';
import { recordAct } from '../staff/recording.ts';

/** `/admin/faults`: requests that wait, messages that failed, gates and how far they are behind. */
export function showFaults(deps: WebDeps): RequestHandler {
  const firstLook = onceWithin(minute);
  return async (req, res) => {
    const [faults, gates, contradictions] = await Promise.all([
      findFaults(deps.db),
      allGates(deps.db),
      showContradictions(deps, res),
    ]);
    if (firstLook(whoIs(res).id)) {
      await recordAct(deps, req, res, { action: 'faults_viewed', subject: { kind: 'list', id: 'faults' } });
    }
    res.render('admin/faults', {
      ...faults,
      contradictions,
      gates: gatesShown(faults.gates, gates, faults.misuse),
    });
  };
}
