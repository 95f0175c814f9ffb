import type { Request, RequestHandler, Response } from 'express';
import { mostEmergencyWords } from '../../domain/gate-emergency.ts';
import { allGates } from '../../store/content/content.ts';
import { completeEmergency, emergenciesAtDesk } from '../../store/gates/emergency.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';

/** `/security/emergencies`: who was let in without a pass, and what it was about, to be said within a day. */
export function showEmergencies(deps: WebDeps): RequestHandler {
  return (req, res) => render(deps, res, { saved: 'saved' in req.query });
}

/** `POST /security/emergencies/:id/completion` */
export function completeAtDesk(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const id = String(req.params.id);
    const words = textOf(req.body, 'words').trim();
    const problem =
      words === '' ? 'security.emergency.no_words' : words.length > mostEmergencyWords ? 'security.emergency.long' : '';
    if (problem) return render(deps, res.status(422), { at: id, words, problem });
    const done =
      isUuid(id) &&
      (await deps.db.transaction(async (trx) => {
        const gate = await completeEmergency(trx, deps.cipher, { id, staff: whoIs(res).id, words });
        if (gate === undefined) return false;
        const subject = { kind: 'gate', id: gate } as const;
        await recordAct(deps, req, res, { action: 'emergency_completed', subject, detail: { entry: id } }, trx);
        return true;
      }));
    if (!done) return render(deps, res.status(409), { refusal: 'security.emergency.gone' });
    res.redirect(303, '/security/emergencies?saved');
  };
}

async function render(
  { db, cipher }: WebDeps,
  res: Response,
  page: { saved?: boolean; refusal?: string; at?: string; words?: string; problem?: string },
): Promise<void> {
  const [entries, gates] = await Promise.all([emergenciesAtDesk(db, cipher, whoIs(res).id), allGates(db)]);
  const now = new Date();
  res.locals.path = '/security/emergencies';
  res.render('security/emergencies', {
    saved: false,
    refusal: undefined,
    at: undefined,
    words: '',
    problem: undefined,
    ...page,
    most: mostEmergencyWords,
    entries: entries.map((entry) => ({
      ...entry,
      overdue: !entry.completed && entry.dueAt <= now,
      gateName: gates.find(({ id }) => id === entry.gate)?.name,
    })),
  });
}
