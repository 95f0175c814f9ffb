import type { Response } from 'express';
import type { Knex } from 'knex';
import { apiKeyLabels } from '../../store/api/key.ts';
import { allPolicies } from '../../store/approval/policy.ts';
import type { AuditRow } from '../../store/audit/audit-log.ts';
import { allCampuses, allDepartments, allGates, allReasons } from '../../store/content/content.ts';
import { scimTokenLabels } from '../../store/staff/scim-token.ts';
import { webhookLabels } from '../../store/webhooks/webhook.ts';

/** What an act was about, in words: what an office keeps has its name, a visitor only an id. */

/** Each has a sentence under `admin.audit_log.lists`. */
export const auditedLists = [
  ...['reservations', 'faults', 'recoveries', 'audit', 'inbox', 'security', 'retention'],
  ...['payments', 'data_requests', 'held_by_others', 'affected', 'api'],
];
/** Each has a sentence under `admin.audit_log.contents`. */
export const auditedContents = [
  ...[
    'university',
    'campus',
    'gate',
    'gate_keys',
    'gate_reissue',
    'fees',
    'department',
    'reason',
    'refusal_reason',
    'office_hours',
  ],
  ...['closed_day', 'calendar_day', 'notice', 'guide'],
];

export interface NamedSubject {
  label: string;
  /** Left out: nothing but the id is known; empty: the label says it all. */
  name?: string | undefined;
}
/** The id of what there is one of: the university, its office hours. */
const theOne = '1';

type Naming = (row: AuditRow) => NamedSubject;

/** @param staff names by id */
export async function subjectNaming(
  db: Knex,
  { locals: { t, format } }: Response,
  staff: ReadonlyMap<string, string>,
): Promise<Naming> {
  const nameOfContent = await contentNaming(db, format);
  const [tokens, keys, hooks] = await Promise.all([scimTokenLabels(db), apiKeyLabels(db), webhookLabels(db)]);
  const nameOfPolicy = await policyNaming(db, t, nameOfContent);
  const named: Partial<Record<AuditRow['subject']['kind'], (row: AuditRow) => Partial<NamedSubject>>> = {
    staff: ({ subject: { id } }) => ({ name: id === 'unknown' ? t('admin.audit_log.unknown') : staff.get(id) }),
    gate: ({ subject: { id } }) => ({ name: nameOfContent(id) }),
    webhook: ({ subject: { id } }) => ({ name: hooks.get(id) }),
    list: ({ subject: { id } }) => ({ name: auditedLists.includes(id) ? t(`admin.audit_log.lists.${id}`) : id }),
    key: ({ action, subject: { id } }) => {
      if (action.startsWith('api_key')) return { label: t('admin.audit_log.api_key'), name: keys.get(id) };
      if (action.startsWith('scim_token')) return { label: t('admin.audit_log.scim_token'), name: tokens.get(id) };
      return { name: id };
    },
    content: ({ action, content, subject: { id } }) => {
      if (action === 'policy_published') return { label: t('policy.title'), name: nameOfPolicy(id) };
      const isKnown = content !== null && auditedContents.includes(content);
      return {
        ...(isKnown && { label: t(`admin.audit_log.contents.${content}`) }),
        name: content === 'calendar_day' ? id : id === theOne ? '' : nameOfContent(id),
      };
    },
  };
  return (row) => {
    const { kind } = row.subject;
    return { label: t(`admin.audit_log.subjects.${kind}`), ...named[kind]?.(row) };
  };
}

/** Names of what an office keeps, by id; of a closed day with its campus. */
async function contentNaming(db: Knex, format: Response['locals']['format']) {
  const kept = await Promise.all([allCampuses(db), allDepartments(db), allGates(db), allReasons(db)]);
  const names = new Map(kept.flat().map(({ id, name }) => [id, name]));
  return (id: string): string | undefined => {
    const [place = '', day] = id.split('/');
    const name = names.get(place);
    return name && [format.name(name), day].filter(Boolean).join(' ');
  };
}

async function policyNaming(db: Knex, t: Response['locals']['t'], nameOf: (id: string) => string | undefined) {
  const policies = new Map((await allPolicies(db)).map((policy) => [policy.id, policy]));
  return (id: string): string | undefined => {
    const policy = policies.get(id);
    if (!policy) return undefined;
    const place = policy.department ? nameOf(policy.department) : t('policy.university');
    return `${place ?? ''} · ${t(policy.channel ? `channel.${policy.channel}` : 'policy.channel.both')}`;
  };
}
