import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codeTyped, isTicked } from './form-value.ts';

it('a code counts as it was meant: full-width digits and spaces are no other code', () => {
  expect(codeTyped({ code: ' １２3 456\t' })).toBe('123456');
  expect(codeTyped({ new_code: '12 34' }, 'new_code')).toBe('1234');
  expect(codeTyped({ code: ['123456', '654321'] })).toBe('123456');
  expect(codeTyped(undefined)).toBe('');
});

it('no field of a code cuts a pasted text message', () => {
  const lines = globSync('**/*.ejs', { cwd: import.meta.dirname })
    .flatMap((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8').split('\n'))
    .filter((line) => /one-time-code/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter((line) => !/codeFieldLength/.test(line))).toEqual([]);
});

it('a tick agrees by its one exact value, sent once', () => {
  expect(isTicked({ keep: 'yes' }, 'keep')).toBe(true);
  for (const keep of ['', 'no', 'false', '0', 'on', 'YES', ' yes', ['yes', 'no'], ['yes', 'yes'], { yes: 'yes' }, 1]) {
    expect(isTicked({ keep }, 'keep'), JSON.stringify(keep)).toBe(false);
  }
  expect(isTicked(undefined, 'keep')).toBe(false);
});

it('a tick for a text that there is not agrees to nothing', () =>
  expect(isTicked({ agree: '' }, 'agree', '')).toBe(false));

it('no page reads a tick by whether anything was sent', () => {
  const files = globSync('**/*.ts', { cwd: import.meta.dirname }).filter((file) => !/\.test\.ts$/.test(file));
  const ticks = new Set(
    globSync('**/*.ejs', { cwd: import.meta.dirname })
      .flatMap((file) => [
        ...readFileSync(`${import.meta.dirname}/${file}`, 'utf8').matchAll(
          /type="checkbox"[^>]*? name="(\w+)" value="(?:yes|on|<%= (?:notice|terms)\.id %>)"/g,
        ),
      ])
      .map(([, name]) => name),
  );
  expect(ticks.size).toBeGreaterThan(10);
  const loose = files.flatMap((file) =>
    [...readFileSync(`${import.meta.dirname}/${file}`, 'utf8').matchAll(/textOf\([\w.]+, '(\w+)'\)/g)]
      .filter(([, name]) => ticks.has(name))
      .map(([call]) => `${file}: ${call}`),
  );
  expect(loose).toEqual([]);
});
