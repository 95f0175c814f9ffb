import type { Request, RequestHandler, Response } from 'express';
import { type ApiScope, apiScopes, keyLifetimes, personalScopes } from '../../../domain/api-scope.ts';
import { notFound } from '../../../platform/errors.ts';
import { revokeInvitationsOf } from '../../../store/api/invitation.ts';
import { listApiKeys, makeApiKey, revokeApiKey } from '../../../store/api/key.ts';
import { allDepartments } from '../../../store/content/content.ts';
import type { WebDeps } from '../../deps.ts';
import { allTextsOf, isTicked, textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow, takeToShow } from '../../staff/shown-once.ts';
import { nameLimit, readName } from '../staff/form.ts';

const path = '/admin/api-keys';
const shown = 'key of the API';

/** `/admin/api-keys`: keys of other systems of the university. */
export function showApiKeys(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const key = await takeToShow(deps, req, shown);
    await show(deps, res, { key, isRevoked: textOf(req.query, 'saved') === 'revoked' });
  };
}

export function makeKey(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const read = await readForm(deps, req.body);
    if (!read.of) return show(deps, res.status(422), read);
    const { of } = read;
    const key = await deps.db.transaction(async (trx) => {
      const made = await makeApiKey(trx, { ...of, by: whoIs(res).id });
      const detail = { scopes: of.scopes, department: of.department, days: of.days };
      const subject = { kind: 'key', id: made.id } as const;
      await recordAct(deps, req, res, { action: 'api_key_made', subject, detail }, trx);
      return made.key;
    });
    await keepToShow(deps, req, shown, key);
    res.redirect(303, path);
  };
}

/** From this moment it opens nothing. Links that it gave out stay good, unless the admin takes them back with it. */
export function revokeKey(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    const withLinks = isTicked(req.body, 'invitations');
    await deps.db.transaction(async (trx) => {
      const revoked = await revokeApiKey(trx, id);
      if (revoked === undefined) throw notFound();
      if (!revoked) return;
      const subject = { kind: 'key', id } as const;
      const detail = withLinks ? { invitations: await revokeInvitationsOf(trx, id) } : {};
      await recordAct(deps, req, res, { action: 'api_key_revoked', subject, detail }, trx);
    });
    res.redirect(303, `${path}?saved=revoked`);
  };
}

type Problems = Partial<Record<'label' | 'scopes' | 'department' | 'days', string>>;
interface Typed {
  label: string;
  scopes: string[];
  department: string;
  days: string;
}
interface Read {
  of?: { label: string; scopes: ApiScope[]; department: string | null; days: number };
  typed: Typed;
  problems: Problems;
}

async function readForm({ db }: WebDeps, body: unknown): Promise<Read> {
  const wish = textOf(body, 'label');
  const { name: label, problem } = readName(wish);
  const sent = allTextsOf(body, 'scopes');
  const scopes = apiScopes.filter((scope) => sent.includes(scope));
  const [department, days] = [textOf(body, 'department'), textOf(body, 'days')];
  const lifetime = keyLifetimes.find((one) => String(one) === days);
  const known =
    department === '' || (await allDepartments(db)).some(({ id, closedAt }) => id === department && !closedAt);
  const problems: Problems = {
    ...(problem && { label: problem }),
    ...((scopes.length === 0 || scopes.length < sent.length) && { scopes: 'api_keys.problem.scopes' }),
    ...(!known && { department: 'field.required' }),
    ...(!lifetime && { days: 'field.required' }),
  };
  const typed = { label: wish, scopes: sent, department, days };
  if (!lifetime || Object.keys(problems).length > 0) return { typed, problems };
  return { of: { label, scopes, department: department || null, days: lifetime }, typed, problems };
}

interface Page {
  /** Shown once. */
  key?: string | undefined;
  isRevoked?: boolean;
  typed?: Typed;
  problems?: Problems;
}

async function show({ db, settings }: WebDeps, res: Response, page: Page): Promise<void> {
  const { format } = res.locals;
  const departments = await allDepartments(db);
  const names = new Map(departments.map(({ id, name }) => [id, format.name(name) as string]));
  res.locals.path = path;
  res.render('admin/api-keys/list', {
    problems: {},
    typed: { label: '', scopes: [], department: '', days: '' },
    ...page,
    keys: await listApiKeys(db),
    address: `${settings.PUBLIC_URL}/api/v1`,
    scopes: apiScopes,
    personalScopes,
    lifetimes: keyLifetimes,
    departmentName: (id: string) => names.get(id),
    departments: departments.filter(({ closedAt }) => !closedAt).map(({ id }) => ({ value: id, label: names.get(id) })),
    nameLimit,
  });
}
