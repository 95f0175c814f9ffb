import type { Knex } from 'knex';
import type { Channel } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { writtenOnce } from '../../platform/written-once.ts';
import { tasksOf } from './scope.ts';
import { linesOf, readTaskLine, type TaskLine, type TaskLineRow } from './task-line.ts';
import { notCalledOff } from './waiting.ts';

/** The inbox of one member of staff: the tasks that they may act on, in tabs, filtered, sorted, a page at a time. */

/** SQL over `task t`, its claim `c` and `m`: the ways in which `m.reader` may act on it. */
const tabs = {
  waiting: 'true',
  // By name, claimed, or for somebody whose work was handed over.
  mine: `(c.staff_id = m.reader or m.ways && '{delegate,assistant}' or 'own' = any(m.ways) and t.people is not null)`,
  departments: `('ladder' = any(m.ways) or 'own' = any(m.ways) and t.people is null)`,
  claimed: 'c.id is not null',
  done: 'true',
};

/** SQL beside `task t`: those that a member of staff may act on, and who has claimed them. */
const readable = (staff: string, state?: 'open' | 'closed') => `
  join (select w.task_id, array_agg(w.via) as ways, ${staff}::uuid as reader from ${tasksOf(staff, state)} w group by w.task_id) m
    on m.task_id = t.id
  left join claim c on c.task_id = t.id and c.released_at is null`;

export type InboxTab = keyof typeof tabs;
export const inboxTabs = Object.keys(tabs) as [InboxTab, ...InboxTab[]];

/** The most urgent first, of equals the one that was asked after; or those that came last first. */
const orders = {
  due: { by: ['t.decide_by', '-t.nudges', 't.id'], direction: 'asc' },
  newest: { by: ['t.opened_at', 't.id'], direction: 'desc' },
  closed: { by: ['t.closed_at', 't.id'], direction: 'desc' },
} as const;

export type InboxSort = 'due' | 'newest';

export interface InboxFilter {
  channel?: Channel;
  campus?: string;
  department?: string;
  /** The visit touches these instants; `until` excluded. */
  visit?: { from: Date; until: Date };
  /** Only these tasks. */
  only?: string[];
  /** Somebody of the party has one of these hashes: of a whole name, or of the end of a phone number. */
  people?: { names: Buffer[]; tails: Buffer[] };
}

export interface InboxView extends InboxFilter {
  tab: InboxTab;
  /** Of what is done the last closed come first, whatever is said. */
  sort: InboxSort;
}

interface Looking {
  db: Knex;
  reads: Reads;
  cipher: FieldCipher;
}

/** @param page `after`: the id of the last task of the page before; an unknown one begins at the top */
export async function inboxLines(
  { db, reads, cipher }: Looking,
  staff: string,
  view: InboxView,
  page: { limit: number; after?: string },
): Promise<TaskLine[]> {
  const { tab, sort, ...filter } = view;
  const order = orders[tab === 'done' ? 'closed' : sort];
  const after = page.after && (await isPlaced(db, page.after, order.by[0])) ? page.after : undefined;
  // What is not limited yet is joined with as little as it takes.
  const query = (member: string) => {
    const chosen = db('task as t')
      .joinRaw(readable('?', of(tab)), [member, member])
      .join('reservation as r', 'r.id', 't.reservation_id')
      .whereRaw(tabs[tab])
      .select('t.id')
      .limit(page.limit);
    if (tab !== 'done') chosen.whereRaw(notCalledOff);
    narrow(chosen, filter);
    if (after) chosen.whereRaw(...past(order, after));
    return inOrder(linesOf(db).join(inOrder(chosen, order).as('chosen'), 'chosen.id', 't.id'), order);
  };
  const rows =
    after || Object.keys(filter).length > 0
      ? await query(staff)
      : await writtenOnce<TaskLineRow>(reads, `inbox ${tab} ${sort} ${page.limit}`, [staff], query);
  return rows.map((row: TaskLineRow) => readTaskLine(cipher, row));
}

const of = (tab: InboxTab) => (tab === 'done' ? 'closed' : 'open');

type Order = (typeof orders)[keyof typeof orders];

const inOrder = <Query extends Knex.QueryBuilder>(query: Query, { by, direction }: Order): Query => {
  for (const one of by) query.orderByRaw(`${one} ${direction}`);
  return query;
};

function narrow(query: Knex.QueryBuilder, { channel, campus, department, visit, only, people }: InboxFilter): void {
  if (channel || campus || visit || people)
    query.joinRaw('join submission as s on s.id = coalesce(t.submission_id, r.submission_id)');
  if (channel) query.where('s.channel', channel);
  if (campus) query.where('s.campus_id', campus);
  if (department) query.where('t.department_id', department);
  if (visit) query.where('s.visit_until', '>', visit.from).where('s.visit_from', '<', visit.until);
  if (only) query.whereIn('t.id', only);
  if (people) {
    query.whereRaw(
      `exists (select from reservation_person p where p.submission_id = s.id
        and (p.name_hash = any(?) or p.phone_tail_hash = any(?)))`,
      [people.names, people.tails],
    );
  }
}

/** The last line's place is asked for in the statement itself: an instant that came through JavaScript lost microseconds. */
function past({ by, direction }: Order, after: string): [string, string[]] {
  const place = by.join(', ');
  return [`(${place}) ${direction === 'asc' ? '>' : '<'} (select ${place} from task t where t.id = ?)`, [after]];
}

async function isPlaced(db: Knex, task: string, column: string): Promise<boolean> {
  const found = await db('task as t').where('t.id', task).whereNotNull(column).first('t.id');
  return found !== undefined;
}

export type InboxCounts = Record<Exclude<InboxTab, 'done'>, number> & {
  /** Departments of the open tasks. */
  seen: string[];
  /** Differs as soon as one of the open tasks is another one, or was changed or asked after. */
  mark: string;
};

/** How many open tasks each tab has, whatever is filtered. */
export async function inboxCounts({ reads }: Pick<Looking, 'reads'>, staff: string): Promise<InboxCounts> {
  const [row] = await reads.rows<InboxCounts>(counting, [staff]);
  if (!row) throw new Error('A count has one row');
  return row;
}

const counting = `select count(*)::int as waiting, count(*) filter (where ${tabs.mine})::int as mine,
    count(*) filter (where ${tabs.departments})::int as departments, count(*) filter (where ${tabs.claimed})::int as claimed,
    coalesce(array_agg(distinct t.department_id), '{}') as seen,
    md5(coalesce(string_agg(concat_ws(' ', t.id, t.seq, t.nudges, r.seq, c.id), ',' order by t.id), '')) as mark
  from task t ${readable('$1')} join reservation r on r.id = t.reservation_id
  where ${notCalledOff}`;

/** Departments of this person's seats, by which what is done can be filtered. */
export async function inboxDepartments({ reads }: Pick<Looking, 'reads'>, staff: string): Promise<string[]> {
  const rows = await reads.rows<{ id: string }>(seated, [staff]);
  return rows.map(({ id }) => id);
}

const seated = `select distinct s.department_id as id from acts_for($1) a cross join lateral acting_seats(a.staff_id) s
  where s.role in ('approver', 'head', 'deputy', 'security')`;
