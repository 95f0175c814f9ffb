import type { Knex } from 'knex';
import { takesLastSigner } from '../../domain/distinct-signers.ts';
import type { DecisionVerdict } from '../../domain/request.ts';
import { AppError } from '../../platform/errors.ts';
import { askedSeat, isAskedThere } from './asked-seat.ts';
import { givenSignatures } from './given-signature.ts';
import { signFirst } from './step-signers.ts';

/** Which of the signatures that a submission needs a decision gives. */

interface Signing {
  request: string;
  staff: string;
  verdict: DecisionVerdict;
  task: string;
  /** For whom they sign; null: by their own right. */
  behalf: string | null;
}

/**
 * The signature of the task, where it is at the seat that rows say; with an approval also one of each later step that its
 * signer could sign by themselves. The caller holds everybody else who decides on this reservation.
 *
 * @throws AppError `task_moved` (409) when the signer has given another signature of the same step, `sign_other_first` (409)
 *   when nobody but them could give another one that the step needs
 */
export async function keepSignatures(trx: Knex, { request, staff, verdict, task, behalf }: Signing): Promise<void> {
  if (verdict !== 'approved' && verdict !== 'proposed') return;
  if (await hasSignedBeside(trx, task, request)) throw new AppError('task_moved', { status: 409 });
  if (await signFirst(trx, { task, by: behalf ? [staff, behalf] : [staff] }))
    throw new AppError('sign_other_first', { status: 409 });
  await trx.raw(
    `insert into signature (request_id, submission_id, step, ordinal, move_id)
      select :request, r.submission_id, r.step, r.ordinal, r.move_id from task t ${askedSeat}
      where t.id = :task and r.submission_id is not null and ${isAskedThere}`,
    { request, task },
  );
  if (verdict === 'approved' && behalf === null) await signLaterSteps(trx, { request, staff, task });
}

/** It may not be in the task's row yet. */
async function hasSignedBeside(trx: Knex, task: string, request: string): Promise<boolean> {
  const { rows } = await trx.raw(
    `select from task t
      join ${givenSignatures} on g.step = t.step and g.ordinal <> t.ordinal
      join decision d on d.request_id = :request
      where t.id = :task
        and (d.staff_id in (g.staff_id, g.behalf_id) or d.behalf_id in (g.staff_id, g.behalf_id))
      limit 1`,
    { task, request },
  );
  return rows.length > 0;
}

/** In each step the first that takes nobody's last signer from another one. */
async function signLaterSteps(trx: Knex, { request, staff, task }: Pick<Signing, 'request' | 'staff' | 'task'>) {
  const seats = await unsignedLater(trx, task);
  const signed = [...new Set(seats.map(({ step }) => step))].flatMap((step) => {
    const own = seats.filter((seat) => seat.step === step);
    const signers = own.map((seat) => seat.signers);
    const fits = (people: readonly string[], n: number) =>
      people.includes(staff) && !takesLastSigner(signers, n, [staff]);
    return own[signers.findIndex(fits)] ?? [];
  });
  const rows = signed.map(({ signers: _, ...seat }) => ({ request_id: request, ...seat }));
  if (rows.length > 0) await trx('signature').insert(rows);
}

interface UnsignedSeat {
  submission_id: string;
  step: number;
  ordinal: number;
  move_id: string | null;
  /** Who could sign it and has signed nothing else of its step, ids of staff. */
  signers: string[];
}

/** Where who signed once is not asked again. */
async function unsignedLater(trx: Knex, task: string): Promise<UnsignedSeat[]> {
  const { rows } = await trx.raw<{ rows: UnsignedSeat[] }>(
    `select a.submission_id, a.step, a.ordinal, c.move_id,
        array(select s.staff_id from signature_actor s
            where s.submission_id = a.submission_id and s.step = a.step and s.ordinal = a.ordinal
          except select who.id from ${givenSignatures}
            cross join lateral (values (g.staff_id), (g.behalf_id)) who (id) where g.step = a.step) as signers
      from task t
      join compiled_now c on c.submission_id = t.submission_id and c.once
      join asked_signature a on a.submission_id = t.submission_id and a.step > t.step
      where t.id = :task
        and not exists (select from ${givenSignatures} where g.step = a.step and g.ordinal = a.ordinal)
      order by a.step, a.ordinal`,
    { task },
  );
  return rows;
}

/** Tasks of later steps that a decision signs besides the one that it names. */
export async function alsoSigned(db: Knex, request: string): Promise<string[]> {
  return db('signature_now as g')
    .join('request as q', 'q.id', 'g.request_id')
    .joinRaw(`join task as t on t.reservation_id = q.reservation_id and t.id::text = q.payload->>'task'`)
    .join('asked_signature as r', (on) =>
      on
        .on('r.submission_id', 'g.submission_id')
        .andOn('r.step', 'g.step')
        .andOn('r.ordinal', 'g.ordinal')
        .andOn('r.step', '>', 't.step'),
    )
    .where('g.request_id', request)
    .orderBy('r.step')
    .pluck('r.task_id');
}
