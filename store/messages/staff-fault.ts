import type { Knex } from 'knex';
import type { MessengerName } from '../../domain/messengers.ts';
import type { WechatContactFault } from './staff-contact.ts';

/** Staff who are not reached: their address, their WeChat or their messenger takes nothing, or messages to them could not be delivered. */

export interface UnreachedStaff {
  staff: string;
  name: string;
  /** Of the address. */
  fault: 'refused' | 'bounced' | null;
  since: Date | null;
  wechatFault: WechatContactFault | null;
  wechatSince: Date | null;
  messengerFaults: { messenger: MessengerName; since: Date }[];
  /** Messages of the last seven days that no channel delivered, while none was delivered since. */
  failed: number;
  last: Date | null;
}

const unreached = `
  from staff s
  left join staff_contact c on c.staff_id = s.id
  left join lateral (
    select count(*)::int as failed, max(m.closed_at) as last from staff_message m
    where m.staff_id = s.id and m.status = 'failed' and m.closed_at > now() - interval '7 days'
      and not exists (select from staff_message l where l.staff_id = s.id and l.status = 'sent' and l.closed_at > m.closed_at)
  ) f on true
  left join lateral (
    select max(m.fault_at) as last, json_agg(json_build_object('messenger', m.messenger, 'since', m.fault_at) order by m.id) as faults
      from staff_messenger m where m.staff_id = s.id and m.fault is not null
  ) g on true
  where s.left_at is null
    and (c.email_fault is not null or c.wechat_fault is not null or g.last is not null or f.failed > 0)`;

export async function unreachedStaff(db: Knex, limit: number): Promise<UnreachedStaff[]> {
  const { rows } = await db.raw<{ rows: UnreachedStaff[] }>(
    `select s.id as staff, s.name, c.email_fault as fault, c.email_fault_at as since,
        c.wechat_fault as "wechatFault", c.wechat_fault_at as "wechatSince",
        coalesce(g.faults, '[]') as "messengerFaults", f.failed, f.last ${unreached}
      order by coalesce(f.last, c.email_fault_at, c.wechat_fault_at, g.last) desc limit ?`,
    [limit],
  );
  return rows.map((row) => ({
    ...row,
    messengerFaults: row.messengerFaults.map(({ messenger, since }) => ({ messenger, since: new Date(since) })),
  }));
}

/** SQL for how many they are. */
export const unreachedCount = `(select count(*) ${unreached})`;
