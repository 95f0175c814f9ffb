import { randomUUID } from 'node:crypto';
import { aVisitor, type Visitor } from '../e2e/people.ts';
import { sealAnswers } from '../store/reservations/visit-answers.ts';
import type { System } from '../testing/system.ts';

/**
 * A demo that is lived in: every visitor holds a resident ID, as most do, has three companions in the book and two visits
 * behind them. Written as rows, set by set, since registering a thousand people by SMS would measure the sandbox. All
 * people are made up.
 */

export const companionsEach = 3;
/** Days ago. */
const visits = [10, 40];
const day = 24 * 3600_000;

type House = Pick<System, 'owner' | 'cipher' | 'index'>;
type Row = Record<string, unknown>;

interface Somebody extends Visitor {
  visitor: string;
  person: string;
  consent: string;
  /** Of the companion that they declared. */
  declared: { companion: string; consent: string; who: Visitor };
}

/** @returns the visitors' ids */
export async function fillWithPeople(house: House, count: number): Promise<string[]> {
  const { owner } = house;
  const notices: Row[] = await owner('notice').select('id', 'kind', 'text_hash');
  const crowd = Array.from(
    { length: count },
    (_, n): Somebody => ({
      ...aVisitor(n),

      visitor: randomUUID(),
      person: randomUUID(),
      consent: randomUUID(),
      declared: { companion: randomUUID(), consent: randomUUID(), who: aVisitor(n + count) },
    }),
  );
  const agreed = (id: string, visitor: string, kind: string, purpose: string, subject: string | null): Row => {
    const notice = notices.find((one) => one.kind === kind);
    const text = { notice_id: notice?.id, text_hash: notice?.text_hash };
    return { id, visitor_id: visitor, ...text, purpose, subject_id: subject, channel: 'browser' };
  };
  const tables: [string, Row[]][] = [
    ['visitor', crowd.map((one) => visitorRow(house, one))],
    ['person', crowd.map((one) => personRow(house, one))],
    [
      'consent',
      crowd.flatMap(({ visitor, consent, declared }) => [
        agreed(randomUUID(), visitor, 'terms', 'terms', null),
        agreed(consent, visitor, 'filling', 'personal_information', null),
        agreed(declared.consent, visitor, 'companion', 'companion', declared.companion),
      ]),
    ],
    ['companion', crowd.flatMap((one, n) => companionRows(house, one, n, crowd))],
    ...(await visitTables(house, crowd)),
  ];
  await owner.transaction(async (trx) => {
    for (const [table, rows] of tables) await trx.batchInsert(table, rows, 500);
    await trx.raw(`update reservation r set submission_id = s.id, ordinals = '{0,1}'
      from submission s where s.reservation_id = r.id`);
  });
  await owner.raw('analyze');
  return crowd.map(({ visitor }) => visitor);
}

const sealing =
  ({ cipher }: House, table: string, row: string) =>
  (column: string, text: string) => ({ [column]: cipher.seal({ table, column, row }, text) });

function visitorRow(house: House, { visitor: id, phone }: Somebody): Row {
  return { id, ...sealing(house, 'visitor', id)('phone_enc', phone), phone_hash: house.index('phone', phone) };
}

/** What a person's row and a companion's have in common. */
function described({ index }: House, who: Visitor, seal: ReturnType<typeof sealing>): Row {
  return {
    ...seal('name_enc', who.name),
    sex: who.sex === '男' ? 'male' : 'female',
    document_type: 'resident_id',
    ...seal('document_enc', who.document),
    document_hash: index('document', who.document),
    document_tail_hash: index('document_tail', who.document.slice(-6)),
    ...seal('birth_day_enc', who.document.slice(6, 14).replace(/(\d{4})(\d{2})/, '$1-$2-')),
    ...seal('unit_enc', who.unit),
  };
}

function personRow(house: House, one: Somebody): Row {
  const seal = sealing(house, 'person', one.person);
  const own = { ...seal('phone_enc', one.phone), ...seal('plate_enc', one.plate) };
  return { id: one.person, visitor_id: one.visitor, ...own, ...described(house, one, seal) };
}

/** One declared, one invited who has not come yet, one who joined: the next of the crowd. */
function companionRows(house: House, one: Somebody, n: number, crowd: Somebody[]): Row[] {
  const { companion, consent, who } = one.declared;
  const next = crowd[(n + 1) % crowd.length] ?? one;
  const late = aVisitor(n + 2 * crowd.length);
  const named = (id: string, { name, phone }: Visitor) => {
    const seal = sealing(house, 'companion', id);
    return { ...seal('name_enc', name), ...seal('phone_enc', phone), phone_hash: house.index('phone', phone) };
  };
  const empty = {
    sex: null,
    document_type: null,
    document_enc: null,
    document_hash: null,
    document_tail_hash: null,

    birth_day_enc: null,
    unit_enc: null,
    consent_id: null,
    member_id: null,
    joined_at: null,

    phone_enc: null,
    phone_hash: null,
    visitor_id: one.visitor,
  };
  const [invited, joined] = [randomUUID(), randomUUID()];
  return [
    { ...empty, id: companion, consent_id: consent, ...described(house, who, sealing(house, 'companion', companion)) },
    { ...empty, id: invited, ...named(invited, late) },
    { ...empty, id: joined, member_id: next.visitor, joined_at: new Date(), ...named(joined, next) },
  ];
}

/** Visits that are over, each of a visitor and the companion that they declared. */
async function visitTables(house: House, crowd: Somebody[]): Promise<[string, Row[]][]> {
  const { owner } = house;
  const department = await owner('department').where({ name_zh: '信息科学与工程学院' }).first('id', 'campus_id');
  const reason = await owner('reason').whereNull('department_id').orderBy('position').first('id');
  const place = { channel: 'personal', campus_id: department.campus_id, department_id: department.id };
  const made = crowd.flatMap((one) =>
    visits.map((ago) => {
      const [reservation, submission] = [randomUUID(), randomUUID()];
      const from = new Date(Date.now() - ago * day);
      const window = { visit_from: from, visit_until: new Date(from.getTime() + 2 * 3600_000) };
      const at = { created_at: new Date(from.getTime() - day) };
      const frozen = (ordinal: number, who: Visitor, more: Row): Row => {
        const id = randomUUID();
        const seal = sealing(house, 'reservation_person', id);
        const same = { submission_id: submission, reservation_id: reservation, ordinal };
        return { id, ...same, ...described(house, who, seal), ...seal('phone_enc', who.phone), ...more };
      };
      const lead = { person_id: one.person, person_version: 1, visitor_id: one.visitor, companion_id: null };
      const along = { person_id: null, person_version: null, visitor_id: null, companion_id: one.declared.companion };
      return {
        reservation: {
          id: reservation,
          visitor_id: one.visitor,
          seq: 9,
          round: 1,
          stage: 'closed',
          outcome: 'completed',

          ...place,
          ...window,
          ...at,
          closed_at: window.visit_until,
        },
        submission: {
          id: submission,
          reservation_id: reservation,
          ...place,
          reason_id: reason.id,
          ...window,
          ...at,
          answers_enc: sealAnswers(house.cipher, submission, { host: '赵敏' }),
        },
        people: [
          frozen(0, one, { ...lead, consent_id: one.consent }),
          frozen(1, one.declared.who, { ...along, consent_id: one.declared.consent }),
        ],
      };
    }),
  );
  return [
    ['reservation', made.map(({ reservation }) => reservation)],
    ['submission', made.map(({ submission }) => submission)],
    ['reservation_person', made.flatMap(({ people }) => people)],
  ];
}
