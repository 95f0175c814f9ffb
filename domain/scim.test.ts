import { describe, expect, test } from 'vitest';
import { readFilter, readPatch, readUser, ScimRefusal, userSchema } from './scim.ts';

const patch = (...Operations: unknown[]) =>
  readPatch({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });
const typeOf = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof ScimRefusal) return error.scimType;
  }
  return undefined;
};

describe('somebody who leaves is told in many ways:', () => {
  test.each([
    ['Entra', { op: 'Replace', path: 'active', value: 'False' }],
    ['Entra, with a truth', { op: 'Replace', path: 'active', value: false }],
    ['Entra, of before', { op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] }],
    ['Okta', { op: 'replace', value: { active: false } }],
    ['with the schema', { op: 'replace', path: `${userSchema}:active`, value: false }],
    ['without a value', { op: 'remove', path: 'active' }],
    ['in other letters', { OP: 'REPLACE', Path: 'Active', VALUE: 'false' }],
  ])('%s', (_, operation) => expect(patch(operation)).toEqual({ active: false }));

  test('and what is neither true nor false is refused, not guessed', () => {
    for (const value of ['no', 0, null, '', [], {}, undefined])
      expect(
        typeOf(() => patch({ op: 'replace', path: 'active', value })),
        JSON.stringify(value),
      ).toBe('invalidValue');
  });
});

test('operations count in their order, and what is not kept is passed over', () => {
  const change = patch(
    { op: 'add', path: 'emails[type eq "work"].value', value: 'a@example.edu' },
    { op: 'replace', value: { 'name.formatted': '李 明', externalId: 'e1', title: 'Dr' } },
    { op: 'replace', path: 'displayName', value: ' 李明 ' },
    { op: 'remove', path: 'externalId' },
    { op: 'replace', path: 'userName', value: 'li.ming@example.edu' },
  );
  expect(change).toEqual({ name: '李明', externalId: null, userName: 'li.ming@example.edu' });
});

test.each([
  ['no operations', {}, 'invalidSyntax'],
  ['an empty list', { Operations: [] }, 'invalidSyntax'],
  ['another verb', { Operations: [{ op: 'move' }] }, 'invalidSyntax'],
  ['a removal of everything', { Operations: [{ op: 'remove' }] }, 'noTarget'],
  ['a removal of the user name', { Operations: [{ op: 'remove', path: 'userName' }] }, 'mutability'],
  ['a list as a whole', { Operations: [{ op: 'add', value: ['x'] }] }, 'invalidValue'],
  ['nothing', null, 'invalidSyntax'],
])('%s is refused', (_, body, type) => expect(typeOf(() => readPatch(body))).toBe(type));

test('a person is read by the name to show, else by one put together as their language does', () => {
  const named = (more: object) => readUser({ schemas: [userSchema], userName: 'a1', ...more }).name;
  expect(named({ displayName: '李明', name: { familyName: '王' } })).toBe('李明');
  expect(named({ name: { familyName: '李', givenName: '明' } })).toBe('李明');
  expect(named({ name: { familyName: 'Li', givenName: 'Ming' } })).toBe('Ming Li');
  expect(named({})).toBe('a1');
  expect(readUser({ username: 'a1', Active: 'True', externalID: 'x' })).toMatchObject({
    active: true,
    externalId: 'x',
  });
  for (const body of [null, [], {}, { userName: '' }, { userName: ['a', 'b'] }, { userName: 'a\0' }])
    expect(
      typeOf(() => readUser(body)),
      JSON.stringify(body),
    ).toBeDefined();
});

test('a filter asks for one person', () => {
  expect(readFilter('userName eq "li.ming"')).toEqual({ by: 'userName', value: 'li.ming' });
  expect(readFilter(` EXTERNALID Eq "a \\"b\\"" `)).toEqual({ by: 'externalId', value: 'a "b"' });
  expect(readFilter(`${userSchema}:userName eq "x"`)).toEqual({ by: 'userName', value: 'x' });
  for (const text of [
    '',
    'userName',
    'userName eq x',
    'userName co "x"',
    'title eq "x"',
    'userName eq "x" or id eq "y"',
  ])
    expect(
      typeOf(() => readFilter(text)),
      text,
    ).toBe('invalidFilter');
});
