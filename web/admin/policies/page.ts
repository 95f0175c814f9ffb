import type { Request, Response } from 'express';
import { type PolicyDocument, usualPolicy } from '../../../domain/policy.ts';
import { seats } from '../../../domain/staff-role.ts';
import { notFound } from '../../../platform/errors.ts';
import { allPolicies, type Policy, type PolicyScope, versionsOf } from '../../../store/approval/policy.ts';
import { allDepartments } from '../../../store/content/content.ts';
import { findNamed, namedStaff } from '../../../store/staff/named-staff.ts';
import { staffNames } from '../../../store/staff/staff.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { type PolicyForm, peopleIn, readPolicy, showPolicy, signerSlots } from './form.ts';
import { firstSample, type SampleTexts, type Tried } from './sample.ts';

/** One policy, or a new one: its steps in a form, drawn, tried, and its versions. */

/** What a page is about: a policy of today, or one that is about to be made. */
export interface Subject {
  /** `new` for one that is not there yet. */
  id: string;
  scope: PolicyScope;
  policy?: Policy;
}

/** @throws AppError 404 */
export async function subjectOf({ db }: WebDeps, req: Request): Promise<Subject> {
  const id = String(req.params.id);
  if (id === 'new') {
    const said = (name: string) => textOf(req.method === 'GET' ? req.query : req.body, name);
    const department = said('department');
    const channel = (['personal', 'official'] as const).find((one) => one === said('channel')) ?? null;
    return { id, scope: { department: isUuid(department) ? department : null, channel } };
  }
  const policy = isUuid(id) ? (await allPolicies(db)).find((one) => one.id === id) : undefined;
  if (!policy) throw notFound();
  return { id, policy, scope: { department: policy.department, channel: policy.channel } };
}

/** The policy of exactly these visits, also one that was stopped. */
export const findPolicy = async ({ db }: WebDeps, { department, channel }: PolicyScope): Promise<Policy | undefined> =>
  (await allPolicies(db)).find((one) => one.department === department && one.channel === channel);

/** What `readPolicy` checks names and channel against. */
export async function readSteps(deps: WebDeps, subject: Subject, form: PolicyForm) {
  const named = await findNamed(deps.db, peopleIn(form));
  const people = new Set([...named.values()].filter(({ able }) => able).map(({ id }) => id));
  return readPolicy(form, { people, channel: subject.scope.channel });
}

export interface Shown {
  form?: PolicyForm;
  fields?: Record<string, string>;
  sample?: SampleTexts;
  tried?: Extract<Tried, { ok: true }>;
  /** As typed; drawn where it is sound. */
  document?: PolicyDocument | undefined;
  /** A sentence above the form. */
  notice?: { kind: 'failed' | 'done'; words: string };
}

export async function renderPolicy(deps: WebDeps, res: Response, subject: Subject, shown: Shown = {}): Promise<void> {
  const { db } = deps;
  const { policy, scope } = subject;
  const [departments, people, versions] = [
    await allDepartments(db),
    await namedStaff(db),
    policy ? await versionsOf(db, policy.id) : [],
  ];
  const publishers = await staffNames(
    db,
    versions.flatMap(({ publishedBy }) => publishedBy ?? []),
  );
  const standing = policy?.newest.document ?? usualPolicy;
  const form = shown.form ?? showPolicy(standing);
  const document = shown.form ? shown.document : standing;
  const named = await findNamed(db, [...peopleIn(form), ...(document ? peopleIn(showPolicy(document)) : [])]);
  // What stands may name somebody who has become unable to sign since.
  const fields = shown.fields ?? (shown.form ? {} : await problemsOf(deps, subject, form));
  // Somebody who makes one anew where one stands goes on there.
  const existing = fields.department === 'policy.problem.exists' ? await findPolicy(deps, scope) : undefined;
  res.locals.path = `/admin/policies/${subject.id}`;
  res.render('admin/policies/policy', {
    subject,
    scope,
    form,
    document,
    fields,
    existing,
    sample: shown.sample ?? firstSample(scope.department),
    tried: shown.tried,
    notice: shown.notice,
    versions,
    people: [...people, ...[...named.values()].filter(({ id }) => !people.some((one) => one.id === id))],
    departments,
    seats,
    signerSlots,
    ...namesOf(named),
    nameOfPublisher: (id: string | null) => (id === null ? undefined : publishers.get(id)),
  });
}

/** What a drawing says of the people in it. */
export const namesOf = (named: Awaited<ReturnType<typeof findNamed>>) => ({
  nameOfStaff: (id: string) => named.get(id)?.name,
  cannotSign: (id: string) => named.get(id)?.able === false,
});

async function problemsOf(deps: WebDeps, subject: Subject, form: PolicyForm): Promise<Record<string, string>> {
  const read = await readSteps(deps, subject, form);
  return read.ok ? {} : read.fields;
}
