import { expect, test } from 'vitest';
import { requestKinds } from '../../domain/request.ts';
import { verbs } from '../reservation/verbs/index.ts';
import { updates } from './reservation.ts';

/** What running workflows and recorded histories know: a name that changes or moves breaks their replay. */
const known = [
  ['ready', 'visitorReady'],
  ['submit', 'submit'],
  ['decide', 'decide'],
  ['cancel', 'cancel'],
  ['resend_code', 'resendCode'],
  ['change', 'change'],
  ['withdraw_change', 'withdrawChange'],
  ['return', 'return'],
  ['propose_time', 'proposeTime'],
  ['answer_proposal', 'answerProposal'],
  ['nudge', 'nudge'],
  ['person_ready', 'personReady'],
  ['remove_person', 'removePerson'],
  ['bind_phone', 'bindPhone'],
];

test('the Updates keep their names, and their handlers keep their order', () => {
  const named = Object.entries(updates).map(([kind, { name }]) => [kind, name]);
  expect(named.slice(0, known.length)).toEqual(known);
  expect(Object.keys(verbs)).toEqual(Object.keys(updates));
});

test('every kind of request but the first start is an Update', () => {
  expect(['start', ...Object.keys(updates)].toSorted()).toEqual(requestKinds.toSorted());
});
