import { normaliseLine } from './text.ts';

/** SCIM 2.0 (RFC 7643, 7644) as directories send it: what a body says of a person, and what a filter asks for. */

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** What a directory may say of a person. What is left out stays. Null: taken away. */
export interface ScimChange {
  userName?: string;
  name?: string;
  externalId?: string | null;
  active?: boolean;
}

/** A refusal in SCIM's own words. */
export class ScimRefusal extends Error {
  readonly status: number;
  readonly scimType: string | undefined;
  constructor(status: number, detail: string, scimType?: string) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
  }
}

/** The body of a POST or a PUT. @throws ScimRefusal */
export function readUser(body: unknown): ScimChange & { userName: string; name: string } {
  if (!isObject(body)) throw new ScimRefusal(400, 'The body is no object', 'invalidSyntax');
  const all = lowered(body);
  const change: ScimChange = {};
  for (const path of ['username', 'externalid', 'active', 'name', 'displayname'])
    if (all.has(path)) take(change, path, all.get(path));
  const { userName } = change;
  if (userName === undefined) throw new ScimRefusal(400, 'userName is missing', 'invalidValue');
  return { ...change, userName, name: change.name ?? userName };
}

/**
 * The operations of a PATCH, in their order, as one change. Directories differ: a path or none, "replace" or "Replace", false or
 * "False", a value or a list of one. What this system does not keep is passed over.
 *
 * @throws ScimRefusal
 */
export function readPatch(body: unknown): ScimChange {
  const operations = isObject(body) ? lowered(body).get('operations') : undefined;
  if (!Array.isArray(operations) || operations.length === 0 || operations.length > 100)
    throw new ScimRefusal(400, 'Operations is no list of operations', 'invalidSyntax');
  const change: ScimChange = {};
  for (const operation of operations) {
    const parts = isObject(operation) ? lowered(operation) : new Map<string, unknown>();
    const op = String(parts.get('op')).toLowerCase();
    if (!['add', 'replace', 'remove'].includes(op)) throw new ScimRefusal(400, 'op is unknown', 'invalidSyntax');
    const path = parts.get('path');
    if (path !== undefined && typeof path !== 'string') throw new ScimRefusal(400, 'path is no text', 'invalidPath');
    if (op === 'remove') remove(change, path);
    else if (path !== undefined) take(change, plainPath(path), parts.get('value'));
    else takeAll(change, parts.get('value'));
  }
  return change;
}

function takeAll(change: ScimChange, value: unknown): void {
  if (!isObject(value)) throw new ScimRefusal(400, 'An operation without a path needs an object', 'invalidValue');
  for (const [path, one] of lowered(value)) take(change, plainPath(path), one);
}

function remove(change: ScimChange, path: string | undefined): void {
  if (path === undefined) throw new ScimRefusal(400, 'remove needs a path', 'noTarget');
  const plain = plainPath(path);
  if (plain === 'externalid') change.externalId = null;
  if (plain === 'active') change.active = false;
  if (plain === 'username') throw new ScimRefusal(400, 'userName is required', 'mutability');
}

/** @param path in small letters, without the schema */
function take(change: ScimChange, path: string, sent: unknown): void {
  const value = plainValue(sent);
  if (path === 'active') change.active = truthOf(value);
  else if (path === 'username') change.userName = textOf(value, 'userName');
  else if (path === 'externalid') change.externalId = value === null ? null : textOf(value, 'externalId');
  else if (path === 'displayname' || path === 'name.formatted') setName(change, value);
  else if (path === 'name' && isObject(value)) takeName(change, value);
}

/** The name to show comes before one that is put together. */
function takeName(change: ScimChange, value: Record<string, unknown>): void {
  const parts = lowered(value);
  const [family, given] = ['familyname', 'givenname'].map((part) => String(parts.get(part) ?? ''));
  const isChinese = /\p{Script=Han}/u.test(`${family}${given}`);
  const together = isChinese ? `${family}${given}` : `${given} ${family}`;
  setName(change, parts.get('formatted') ?? together);
}

function setName(change: ScimChange, value: unknown): void {
  const name = typeof value === 'string' ? normaliseLine(value) : '';
  if (name !== '') change.name = name;
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 255 || value.includes('\0'))
    throw new ScimRefusal(400, `${name} is no text of 1 to 255 characters`, 'invalidValue');
  return value.trim();
}

function truthOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word === 'true' || word === 'false') return word === 'true';
  throw new ScimRefusal(400, 'active is neither true nor false', 'invalidValue');
}

/** Some send a list of one, or the value below `value`. */
function plainValue(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 1) return plainValue(value[0]);
  if (isObject(value) && 'value' in value) return value.value;
  return value;
}

const plainPath = (path: string): string =>
  path.toLowerCase().startsWith(`${userSchema.toLowerCase()}:`)
    ? path.slice(userSchema.length + 1).toLowerCase()
    : path.trim().toLowerCase();

export interface ScimFilter {
  by: 'userName' | 'externalId' | 'id';
  value: string;
}

/** `userName eq "…"`, `externalId eq "…"`, `id eq "…"`. @throws ScimRefusal for any other */
export function readFilter(text: string): ScimFilter {
  const [, path = '', quoted = ''] = /^\s*([\w:.]+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i.exec(text) ?? [];
  const by = (['userName', 'externalId', 'id'] as const).find((one) => one.toLowerCase() === plainPath(path));
  if (!by) throw new ScimRefusal(400, 'Only userName, externalId and id are asked for, by eq', 'invalidFilter');
  try {
    return { by, value: String(JSON.parse(quoted)) };
  } catch {
    throw new ScimRefusal(400, 'The value of the filter is no text', 'invalidFilter');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names of attributes count in small letters. */
const lowered = (of: Record<string, unknown>): Map<string, unknown> =>
  new Map(Object.entries(of).map(([name, value]) => [name.toLowerCase(), value]));
