import { createECDH, randomUUID } from 'node:crypto';
import type { Answer } from '../domain/request.ts';
import { keepDecision } from '../store/approval/decision.ts';
import { keepProposal } from '../store/approval/proposal.ts';
import { keepRevocation } from '../store/approval/revocation.ts';
import {
  type AwaitedPerson,
  freezePerson,
  type SubmittedPerson,
  writeSubmission,
} from '../store/reservations/submission.ts';
import type { Durations } from '../workflows/messages/reservation.ts';
import type { ProcessUnderTest } from './process.ts';
import type { TestVisitor } from './process-visitor.ts';
import { answersOf, aSubmittedPerson, aSubmittedVisit } from './submitted.ts';

/** What may be asked of a reservation after its first submission, kept and delivered as the pages do. */

export interface Wish {
  from?: Date;
  until: Date;
  people?: SubmittedPerson[];
  awaited?: AwaitedPerson[];
  note?: string;
}

type Reserved = { reservation: string };
type Asked = Promise<{ request: string; submission: string; answer?: Answer }>;

export function wishesOf(process: ProcessUnderTest) {
  const { db, cipher, index, content, ask } = process;
  const sealing = { cipher, index };
  const visitorOf = ({ id }: TestVisitor) => ({ kind: 'visitor', id }) as const;
  const staff = { kind: 'staff', id: content.staff } as const;

  /** The whole state as the visitor wishes it, frozen beside the reservation. */
  async function freeze(visitor: TestVisitor, { reservation }: Reserved, wish: Wish, kind: 'request' | 'change') {
    const standing = await db('reservation').where({ id: reservation }).first();
    const submission = aSubmittedVisit({
      id: randomUUID(),
      reservation,
      kind,
      base: kind === 'change' ? standing.submission_id : null,

      campus: content.campus,
      department: content.department,
      reason: content.reason,

      from: wish.from ?? standing.visit_from,
      until: wish.until,
      answers: answersOf(wish),

      people: wish.people ?? [visitor.profile],
      awaited: wish.awaited ?? [],
    });
    await db.transaction((trx) => writeSubmission(trx, sealing, submission));
    return submission.id;
  }

  const keepAs =
    (reservation: string, verdict: 'returned' | 'proposed', reason: string, by: string = content.staff) =>
    (trx: Parameters<typeof keepDecision>[0], request: string) =>
      keepDecision(trx, cipher, { request, reservation, staff: by, verdict, reason });

  return {
    /** Kept, and not asked for yet. */
    writeChange: (visitor: TestVisitor, of: Reserved, wish: Wish) => freeze(visitor, of, wish, 'change'),
    async change(visitor: TestVisitor, of: Reserved, wish: Wish): Asked {
      const submission = await freeze(visitor, of, wish, 'change');
      const { reservation } = of;
      const asked = await ask({ reservation, kind: 'change', payload: { submission }, actor: visitorOf(visitor) });
      return { submission, ...asked };
    },
    withdrawChange: (visitor: TestVisitor, { reservation }: Reserved) =>
      ask({ reservation, kind: 'withdraw_change', payload: {}, actor: visitorOf(visitor) }),

    /** A returned one, corrected. */
    async submitAgain(visitor: TestVisitor, of: Reserved, wish: Wish): Asked {
      const submission = await freeze(visitor, of, wish, 'request');
      const { reservation } = of;
      const payload = { submission, ready: visitor.ready };
      return { submission, ...(await ask({ reservation, kind: 'submit', payload, actor: visitorOf(visitor) })) };
    },
    async sendBack(
      { reservation }: Reserved,
      reason: string,
      durations: Partial<Durations> = {},
      by: string = content.staff,
    ) {
      const { id: task } = await process.newestTask(reservation, by);
      const keep = keepAs(reservation, 'returned', reason, by);
      const actor = { kind: 'staff', id: by } as const;
      return ask({ reservation, kind: 'return', payload: { task }, actor }, { keep, durations });
    },

    async propose({ reservation }: Reserved, window: { from: Date; until: Date }, by: string = content.staff) {
      const { id: task } = await process.newestTask(reservation, by);
      const payload = { task, from: window.from.getTime(), until: window.until.getTime() };
      return ask(
        { reservation, kind: 'propose_time', payload, actor: { kind: 'staff', id: by } },
        {
          keep: async (trx, id) => {
            await keepAs(reservation, 'proposed', '那天更方便', by)(trx, id);
            await keepProposal(trx, { id, reservation, ...window });
          },
        },
      );
    },
    refuseProposal: (visitor: TestVisitor, { reservation }: Reserved, proposal: string) =>
      ask({
        reservation,
        kind: 'answer_proposal',
        actor: visitorOf(visitor),
        payload: { proposal, accept: false },
      }),
    async acceptProposal(visitor: TestVisitor, of: Reserved, proposal: string, wish: Wish): Asked {
      const submission = await freeze(visitor, of, wish, 'change');
      const payload = { proposal, accept: true, submission } as const;
      const { reservation } = of;
      return {
        submission,
        ...(await ask({ reservation, kind: 'answer_proposal', payload, actor: visitorOf(visitor) })),
      };
    },

    nudge: (visitor: TestVisitor, { reservation }: Reserved) =>
      ask({ reservation, kind: 'nudge', payload: {}, actor: visitorOf(visitor) }),
    cancel: (visitor: TestVisitor, { reservation }: Reserved) =>
      ask({ reservation, kind: 'cancel', payload: {}, actor: visitorOf(visitor) }),

    /** Their frozen person beside the submission, and the word that it stands there. */
    personReady(visitor: TestVisitor, of: Reserved & { submission: string }, person: SubmittedPerson) {
      const { reservation, submission } = of;
      return ask(
        {
          reservation,
          kind: 'person_ready',
          actor: visitorOf(visitor),
          payload: { submission, ordinal: person.ordinal },
        },
        { keep: (trx) => freezePerson(trx, sealing, { id: submission, reservation }, person) },
      );
    },
    /** By the approver of the department. @param ordinal left out: for everybody */
    revoke: ({ reservation }: Reserved, text = '', ordinal?: number) =>
      ask(
        { reservation, kind: 'revoke', payload: ordinal === undefined ? {} : { ordinal }, actor: staff },
        {
          keep: (trx, request) =>
            keepRevocation(trx, cipher, {
              request,
              reservation,
              staff: content.staff,
              reason: 'conduct',
              text,
              ...(ordinal !== undefined && { ordinal }),
            }),
        },
      ),
    removePerson: (visitor: TestVisitor, { reservation }: Reserved, ordinal: number) =>
      ask({ reservation, kind: 'remove_person', payload: { ordinal }, actor: visitorOf(visitor) }),

    async bindPhone(visitor: TestVisitor, { reservation }: Reserved, ordinal = 0) {
      const [pass] = await db('pass').where({ reservation_id: reservation, ordinal }).limit(1);
      const ecdh = createECDH('prime256v1');
      ecdh.generateKeys();
      const key = ecdh.getPublicKey(null, 'compressed');
      const binding = randomUUID();
      const bound = await ask(
        { reservation, kind: 'bind_phone', payload: { pass: pass.id, ordinal, binding }, actor: visitorOf(visitor) },
        {
          keep: (trx) =>
            trx('phone_binding').insert({
              id: binding,
              pass_id: pass.id,
              reservation_id: reservation,
              ordinal,

              public_key: key,
              visitor_id: visitor.id,
            }),
        },
      );
      return { key, binding, ...bound };
    },

    /** Somebody of the lead's book without an account, spoken for by the lead. */
    async aCompanion(lead: TestVisitor, ordinal: number, name = '同行甲'): Promise<SubmittedPerson> {
      const [id, consent] = [randomUUID(), randomUUID()];
      const seal = (column: string, text: string) => cipher.seal({ table: 'companion', column, row: id }, text);
      await process
        .owner('companion')
        .insert({ id, visitor_id: lead.id, name_enc: seal('name_enc', name), sex: 'male' });
      const { text_hash } = await process.owner('notice').where({ id: content.notice }).first('text_hash');
      await process.owner('consent').insert({
        id: consent,
        visitor_id: lead.id,
        notice_id: content.notice,
        purpose: 'companion',
        subject_id: id,

        text_hash,
        channel: 'browser',
      });
      return aSubmittedPerson({
        ordinal,
        person: null,
        personVersion: null,
        visitor: null,
        companion: id,
        consent,
        name,
        phone: null,
        document: `E0000000${ordinal}`,
      });
    },
  };
}

/** Still missing something, with a place in the party. */
export const awaited = ({ ordinal, companion, name }: SubmittedPerson): AwaitedPerson => ({
  ordinal,
  companion: companion ?? '',
  name,
});
