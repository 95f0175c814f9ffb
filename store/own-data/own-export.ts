import type { Knex } from 'knex';
import { maskPhone } from '../../domain/masking.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { readCompanions } from '../companions/companion.ts';
import { allCampuses, allDepartments, allGates, allReasons } from '../content/content.ts';
import { findPerson } from '../people/person.ts';
import { photoKinds, readOwnPhoto } from '../people/photo.ts';
import { readPeople, readSubmission, type SubmittedPerson } from '../reservations/submission.ts';
import { timelineOf } from '../reservations/timeline.ts';
import { consentsOf } from './own-consents.ts';
import { looksAt } from './own-looks.ts';

/**
 * Everything that is kept of an account, in clear, as a copy for its owner (PIPL art. 45). Of other people only what the
 * owner typed or may see: of companions with an account of their own the name and the masked phone. Credentials are left
 * out: whoever finds the file must not be able to walk through a gate with it.
 */
export async function exportOwn(
  db: Knex,
  { cipher, index }: { cipher: FieldCipher; index: BlindIndex },
  visitor: string,
): Promise<Record<string, unknown>> {
  return {
    account: await account(db, cipher, visitor),
    person: (await findPerson(db, cipher, visitor)) ?? null,
    photos: await photos(db, cipher, visitor),
    companions: await companions(db, cipher, visitor),
    guardians: await guardians(db, cipher, visitor),
    consents: (await consentsOf(db, cipher, visitor)).map(({ textHash, ...consent }) => ({
      ...consent,
      textSha256: textHash.toString('hex'),
    })),
    visits: await ledVisits(db, cipher, visitor),
    visitsWithOthers: await joinedVisits(db, cipher, visitor),
    messages: await messages(db, visitor),
    passPageOpenings: await openings(db, visitor),
    whoLooked: await looksAt(db, visitor, 10_000),
    whatYouDid: await db('audit')
      .where({ actor_kind: 'visitor', actor_id: visitor })
      .orderBy('id')
      .select('at', 'action', 'subject_kind as subjectKind', 'subject_id as subjectId'),
    unfinishedForms: await forms(db, cipher, visitor),
    lostNumberClaims: await claims(db, cipher, visitor),
    othersBooks: await othersBooks(db, cipher, visitor),
    ...(await momentary(db, index, visitor)),
  };
}

const opener = (cipher: FieldCipher, table: string, row: string) => (column: string, data: Buffer | null) =>
  data && cipher.open({ table, column, row }, data);

async function account(db: Knex, cipher: FieldCipher, visitor: string) {
  const row = await db('visitor').where({ id: visitor }).first();
  const open = opener(cipher, 'visitor', visitor);
  return {
    id: visitor,
    phone: open('phone_enc', row.phone_enc),
    wechatOpenid: open('openid_enc', row.openid_enc),

    language: row.language,
    registeredAt: row.registered_at,
    lastSeenAt: row.last_seen_at,
  };
}

async function photos(db: Knex, cipher: FieldCipher, visitor: string) {
  const kept = await Promise.all(
    photoKinds.map(async (kind) => ({ kind, jpeg: await readOwnPhoto(db, cipher, visitor, kind) })),
  );
  const rows = await db('photo')
    .where({ visitor_id: visitor, companion_id: null })
    .select('kind', 'keep', 'created_at');
  return kept.flatMap(({ kind, jpeg }) => {
    const row = rows.find((one) => one.kind === kind);
    if (!jpeg || !row) return [];
    return [
      {
        kind,
        keptForNextTime: row.keep,
        createdAt: row.created_at,
        image: `data:image/jpeg;base64,${jpeg.toString('base64')}`,
      },
    ];
  });
}

async function companions(db: Knex, cipher: FieldCipher, lead: string) {
  const book = [
    ...(await readCompanions(db, cipher, { lead })),
    ...(await readCompanions(db, cipher, { lead, removed: true })),
  ].filter(({ name }) => name !== '');
  return book.map(({ kind, name, phone, declared, state, removedAt }) => ({
    kind,
    name,
    state,
    removedAt,
    phone: phone && (kind === 'joined' ? maskPhone(phone) : phone),
    ...declared,
  }));
}

async function guardians(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('guardian').where({ visitor_id: visitor, erased_at: null }).orderBy('id');
  return rows.map((row) => {
    const open = opener(cipher, 'guardian', row.id);
    return { name: open('name_enc', row.name_enc), phone: open('phone_enc', row.phone_enc), provedAt: row.proved_at };
  });
}

async function ledVisits(db: Knex, cipher: FieldCipher, visitor: string) {
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
      const { kind, channel, host, note, from, until, people, awaited } = submission;
      submissions.push({
        kind,
        channel,
        host,
        note,
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
      timeline: (await timelineOf(db, row.id)).map(({ kind, at }) => ({ kind, at })),
      ...(await movements(db, names.gate, row.id, [0])),
    });
  }
  return visits;
}

/** In clear what is one's own or was typed by oneself. */
function shownPerson(person: SubmittedPerson, visitor: string) {
  const { name, phone } = person;
  const others = person.ordinal > 0 && person.visitor !== null && person.visitor !== visitor;
  if (others) return { ordinal: person.ordinal, name, phone: phone && maskPhone(phone) };
  const { ordinal, sex, documentType, document, nationality, birthDay, plate, unit } = person;
  return { ordinal, name, phone, sex, documentType, document, nationality, birthDay, plate, unit };
}

async function joinedVisits(db: Knex, cipher: FieldCipher, visitor: string) {
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

async function decisions(db: Knex, cipher: FieldCipher, reservation: string) {
  const rows = await db('decision').where({ reservation_id: reservation }).orderBy('created_at');
  return rows.map((row) => ({
    verdict: row.verdict,
    reason: opener(cipher, 'decision', row.request_id)('reason_enc', row.reason_enc),
    at: row.created_at,
  }));
}

async function movements(db: Knex, gate: (id: string) => unknown, reservation: string, ordinals: number[]) {
  const of = { reservation_id: reservation };
  const passes = await db('pass').where(of).whereIn('ordinal', ordinals).orderBy('version');
  const events = await db('gate_event').where(of).whereIn('ordinal', ordinals).orderBy('occurred_at');
  return {
    passes: passes.map((row) => ({
      version: row.version,
      from: row.valid_from,
      until: row.valid_until,

      issuedAt: row.issued_at,
      revokedAt: row.revoked_at,
    })),
    entries: events.map((row) => ({
      direction: row.direction,
      gate: gate(row.gate_id),
      method: row.method,
      at: row.occurred_at,
    })),
  };
}

async function messages(db: Knex, visitor: string) {
  const rows = await db('message').where({ visitor_id: visitor }).orderBy('created_at');
  const attempts = await db('message_attempt')
    .whereIn(
      'message_id',
      rows.map(({ id }) => id),
    )
    .orderBy('started_at');
  return rows.map((row) => ({
    kind: row.kind,
    status: row.status,
    channel: row.channel,
    createdAt: row.created_at,
    attempts: attempts
      .filter((attempt) => attempt.message_id === row.id)
      .map((attempt) => ({ channel: attempt.channel, at: attempt.started_at, outcome: attempt.outcome })),
  }));
}

/** Somebody opened the page of a pass with nothing but its visit code. */
const openings = (db: Knex, visitor: string) =>
  db('pass_opening as o')
    .join('reservation as r', 'r.id', 'o.reservation_id')
    .where('r.visitor_id', visitor)
    .orderBy('o.opened_at')
    .select('o.opened_at as at', 'o.reservation_id as visit');

async function forms(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('chosen_party').where({ visitor_id: visitor }).orderBy('created_at');
  return rows.map((row) => ({
    createdAt: row.created_at,
    form: row.form_enc
      ? JSON.parse(cipher.open({ table: 'chosen_party', column: 'form_enc', row: row.id }, row.form_enc))
      : {},
  }));
}

async function claims(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('phone_recovery').where({ visitor_id: visitor }).orderBy('id');
  return rows.map((row) => {
    const open = opener(cipher, 'phone_recovery', row.id);
    return {
      status: row.status,
      createdAt: row.created_at,
      closedAt: row.closed_at,

      oldPhone: open('old_phone_enc', row.old_phone_enc),
      name: open('name_enc', row.name_enc),
      document: open('document_enc', row.document_enc),
    };
  });
}

/** What others keep of the owner in a book of their own; not whose book it is. */
async function othersBooks(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('companion').where({ member_id: visitor, erased_at: null }).orderBy('joined_at');
  return rows.map((row) => {
    const open = opener(cipher, 'companion', row.id);
    return {
      name: open('name_enc', row.name_enc),
      phone: open('phone_enc', row.phone_enc),

      joinedAt: row.joined_at,
      removedAt: row.removed_at,
    };
  });
}

/** Keys of phones, codes, sessions and forms that wait: when and what for. What would let somebody in is left out. */
async function momentary(db: Knex, index: BlindIndex, visitor: string) {
  const codes = db('phone_code as c').join('visitor as v', 'v.phone_hash', 'c.phone_hash').where('v.id', visitor);
  const sessions = db('visitor_session').whereRaw(`sess->>'visitor' = ? and expire > now()`, [visitor]);
  return {
    boundPhones: await db('phone_binding')
      .where({ visitor_id: visitor })
      .orderBy('created_at')
      .select('created_at as createdAt', 'reservation_id as visit'),
    codes: await codes.orderBy('c.created_at').select('c.purpose', 'c.created_at as createdAt', 'c.used_at as usedAt'),
    sessions: await sessions
      .orderBy('expire')
      .select(
        db.raw(`to_timestamp((sess->>'keptAt')::float8 / 1000) as "lastKeptAt"`),
        db.raw(`sess->>'channel' as channel`),
        'expire as endsAt',
      ),
    formsKeptForALogin: await db('kept_form')
      .where({ owner_hash: index('form_owner', visitor) })
      .orderBy('created_at')
      .select('path', 'created_at as createdAt', 'expires_at as endsAt'),
  };
}
