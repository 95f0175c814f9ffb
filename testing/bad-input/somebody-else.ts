import { randomUUID } from 'node:crypto';
import type { System } from '../system.ts';
import { VisitorBrowser } from '../visitor-browser.ts';
import { aDocument, aWaitingVisit, inHours, staffAt } from './ground.ts';

/** Rows of another visitor, for forms that are sent with their ids. */
export interface SomebodyElse {
  companion: string;
  /** A choice of companions on its way to a form. */
  party: string;
  reservation: string;
  task: string;
  /** Of the reservation's first person. */
  person: string;
  proposal: string;
}

const known = new WeakMap<System, Promise<SomebodyElse>>();

/** The same one for every form of a system. */
export function somebodyElse(system: System): Promise<SomebodyElse> {
  const one = known.get(system) ?? meet(system);
  known.set(system, one);
  return one;
}

async function meet(system: System): Promise<SomebodyElse> {
  const { owner } = system;
  const visitor = await new VisitorBrowser(system).settle();
  const { id } = await owner('visitor')
    .where({ phone_hash: system.index('phone', visitor.phone) })
    .first('id');
  const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
  const child = { name: '小红', phone: '', document_type: 'resident_id', document_number: aDocument('20200101') };
  await visitor.post('/companions', { ...child, unit: '', declared }).expect(303);
  const companion = await owner('companion').where({ visitor_id: id }).first('id');
  const left = await visitor.post('/companions/selection', await visitor.visitForm('official')).expect(303);
  const [, party = ''] = /party=([0-9a-f-]{36})/.exec(String(left.headers.location)) ?? [];
  const { reservation, task } = await aWaitingVisit(system, visitor);
  const { send } = await staffAt(system, 'approver', `/inbox/${task}/proposal`);
  await send({ request: randomUUID(), propose_from: inHours(60), propose_until: inHours(62), propose_note: '' });
  const { proposal_id: proposal } = await owner('reservation').where({ id: reservation }).first('proposal_id');
  const person = await owner('reservation_person').where({ reservation_id: reservation }).first('id');
  return { companion: companion.id, party, reservation, task, person: person.id, proposal };
}
