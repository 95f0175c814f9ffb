import type { Knex } from 'knex';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { invitationsOf } from '../api/invitation-behind.ts';
import { partiesOf } from '../companions/chosen-party.ts';
import { messagesOf } from '../messages/message-history.ts';
import { paymentsOf } from '../payments/exported.ts';
import { findPerson } from '../people/person.ts';
import { companions, guardians, othersBooks } from './exported-people.ts';
import { photos } from './exported-photos.ts';
import { joinedVisits, ledVisits } from './exported-visits.ts';
import { consentsOf } from './own-consents.ts';
import { looksAt } from './own-looks.ts';

/**
 * Everything that is kept of an account, in clear, as a copy for its owner (PIPL art. 45). Of other people only what the
 * owner typed or may see: of companions with an account of their own the name and the masked phone. Credentials are left
 * out: a person who finds the file must not be able to walk through a gate with it.
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
    visitInvitations: await invitationsOf(db, cipher, visitor),
    visitsWithOthers: await joinedVisits(db, cipher, visitor),
    payments: await paymentsOf(db, visitor),
    messages: await messages(db, visitor),
    passPageOpenings: await openings(db, visitor),
    whoLooked: await looksAt(db, visitor, 10_000),
    whatYouDid: await db('audit')
      .where({ actor_kind: 'visitor', actor_id: visitor })
      .orderBy('id')
      .select('at', 'action', 'subject_kind as subjectKind', 'subject_id as subjectId'),
    unfinishedForms: (await partiesOf(db, cipher, visitor)).map(({ createdAt, form }) => ({ createdAt, form })),
    lostNumberClaims: await claims(db, cipher, visitor),
    othersBooks: await othersBooks(db, cipher, visitor),
    ...(await momentary(db, index, visitor)),
  };
}

async function account(db: Knex, cipher: FieldCipher, visitor: string) {
  const row = await db('visitor').where({ id: visitor }).first();
  const { open } = rowCipher(cipher, 'visitor', visitor);
  return {
    id: visitor,
    phone: open('phone_enc', row.phone_enc),
    phoneSince: row.phone_since,
    wechatOpenid: open('openid_enc', row.openid_enc),

    language: row.language,
    registeredAt: row.registered_at,
    lastSeenAt: row.last_seen_at,
  };
}

async function messages(db: Knex, visitor: string) {
  return (await messagesOf(db, { visitor })).map(({ kind, status, channel, createdAt, attempts }) => ({
    kind,
    status,
    channel,
    createdAt,
    attempts: attempts.map((attempt) => ({
      channel: attempt.channel,
      at: attempt.startedAt,
      outcome: attempt.outcome,
    })),
  }));
}

/** Somebody opened the page of a pass with nothing but its visit code. */
const openings = (db: Knex, visitor: string) =>
  db('pass_opening as o')
    .join('reservation as r', 'r.id', 'o.reservation_id')
    .where('r.visitor_id', visitor)
    .orderBy('o.opened_at')
    .select('o.opened_at as at', 'o.reservation_id as visit');

async function claims(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('phone_recovery').where({ visitor_id: visitor }).orderBy('id');
  return rows.map((row) => {
    const { open } = rowCipher(cipher, 'phone_recovery', row.id);
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
      .whereIn('owner_hash', index.every('form_owner', visitor))
      .orderBy('created_at')
      .select('path', 'created_at as createdAt', 'expires_at as endsAt'),
  };
}
