import type { Knex } from 'knex';
import { maskPhone } from '../../domain/masking.ts';
import { answerNames, type VisitAnswers } from '../../domain/visit-answers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { commentsOf } from '../approval/comment.ts';
import { allCampuses, allDepartments, allGates, allReasons } from '../content/content.ts';
import { seenAtGates } from '../gates/gate-status.ts';
import { readPeople, readSubmission, type SubmittedPerson } from '../reservations/submission.ts';
import { timelineOf } from '../reservations/timeline.ts';

/** Visits in the copy of one's own data: those that the owner led, and those of others. */

export async function ledVisits(db: Knex, cipher: FieldCipher, visitor: string) {
  const names = await placeNames(db);
  const reservations = await db('reservation').where({ visitor_id: visitor }).orderBy('created_at');
  const visits = [];
  for (const row of reservations) {
    const ids = await db('submission').where({ reservation_id: row.id }).orderBy('created_at').pluck('id');
    if (ids.length === 0) continue;
    const submissions = [];
    for (const id of ids) {
      const submission = await readSubmission(db, cipher, id);
      if (!submission) continue;
      const { kind, channel, answers, from, until, people, awaited } = submission;
      submissions.push({
        kind,
        channel,
        ...answersOf(answers),
        from,
        until,
        reason: names.reason(submission.reason),

        campus: names.campus(submission.campus),
        department: names.department(submission.department),
        people: people.map((person) => shownPerson(person, visitor)),
        awaited: awaited.map(({ name }) => name),
      });
    }
    visits.push({
      id: row.id,
      stage: row.stage,
      outcome: row.outcome,
      createdAt: row.created_at,
      closedAt: row.closed_at,
      submissions,
      decisions: await decisions(db, cipher, row.id),
      comments: await comments(db, cipher, row.id),
      timeline: (await timelineOf(db, row.id)).map(({ kind, at }) => ({ kind, at })),
      ...(await movements(db, names.gate, row.id, [0])),
    });
  }
  return visits;
}

/** Every question that there is or was, by name; null: not answered. */
const answersOf = (answers: VisitAnswers) => ({
  ...Object.fromEntries(answerNames.map((name) => [name, null])),
  ...answers,
});

/** In clear what is one's own or was typed by oneself. */
function shownPerson(person: SubmittedPerson, visitor: string) {
  const { name, phone } = person;
  const others = person.ordinal > 0 && person.visitor !== null && person.visitor !== visitor;
  if (others) return { ordinal: person.ordinal, name, phone: phone && maskPhone(phone) };
  const { ordinal, sex, documentType, document, nationality, birthDay, plate, unit } = person;
  return { ordinal, name, phone, sex, documentType, document, nationality, birthDay, plate, unit };
}

export async function joinedVisits(db: Knex, cipher: FieldCipher, visitor: string) {
  const names = await placeNames(db);
  const rows = await db('reservation_person as p')
    .join('submission as s', 's.id', 'p.submission_id')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .where('p.visitor_id', visitor)
    .where('p.ordinal', '>', 0)
    .whereNull('p.erased_at')
    .orderBy('s.created_at')
    .select(
      'p.ordinal',
      's.id',
      's.visit_from',
      's.visit_until',
      's.campus_id',
      's.department_id',
      'r.id as reservation',
      'r.outcome',
    );
  return Promise.all(
    rows.map(async (row) => {
      const own = (await readPeople(db, cipher, row.id)).find(({ ordinal }) => ordinal === row.ordinal);
      return {
        id: row.reservation,
        from: row.visit_from,
        until: row.visit_until,
        outcome: row.outcome,

        campus: names.campus(row.campus_id),
        department: names.department(row.department_id),
        you: own && shownPerson(own, visitor),
        ...(await movements(db, names.gate, row.reservation, [row.ordinal])),
      };
    }),
  );
}

async function placeNames(db: Knex) {
  const [campuses, departments, reasons, gates] = await Promise.all([
    allCampuses(db),
    allDepartments(db),
    allReasons(db),
    allGates(db),
  ]);
  const nameIn = (rows: { id: string; name: unknown }[]) => (id: string) => rows.find((row) => row.id === id)?.name;
  return { campus: nameIn(campuses), department: nameIn(departments), reason: nameIn(reasons), gate: nameIn(gates) };
}

/** Without what staff say among themselves. */
async function comments(db: Knex, cipher: FieldCipher, reservation: string) {
  const all = await commentsOf(db, cipher, reservation, { forVisitor: true });
  return all.map(({ staff, text, at }) => ({ by: staff ? 'department' : 'you', text, at }));
}

/** Without what one step says to another. */
async function decisions(db: Knex, cipher: FieldCipher, reservation: string) {
  const rows = await db('decision')
    .where({ reservation_id: reservation })
    .whereNot('verdict', 'returned_to_step')
    .orderBy('created_at');
  return rows.map((row) => ({
    verdict: row.verdict,
    ...(row.revoked_for && { revokedFor: row.revoked_for }),
    ...(row.refused_words && { refusedFor: row.refused_words }),
    ...(row.marked_fields && { toCorrect: row.marked_fields }),
    reason: rowCipher(cipher, 'decision', row.request_id).open('reason_enc', row.reason_enc),
    at: row.created_at,
  }));
}

async function movements(db: Knex, gate: (id: string) => unknown, reservation: string, ordinals: number[]) {
  const of = { reservation_id: reservation };
  const passes = await db('pass').where(of).whereIn('ordinal', ordinals).orderBy('version');
  const seen = (await seenAtGates(db, reservation)).filter(({ ordinal }) => ordinals.includes(ordinal));
  return {
    passes: passes.map((row) => ({
      version: row.version,
      from: row.valid_from,
      until: row.valid_until,

      issuedAt: row.issued_at,
      revokedAt: row.revoked_at,
      printedAt: row.printed_at,
      lastShownAt: row.shown_at,
    })),
    entries: seen.map(({ direction, gate: id, method, at }) => ({ direction, gate: gate(id), method, at })),
  };
}
