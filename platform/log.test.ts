import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pinoHttp } from 'pino-http';
import { expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { createLog, type Log } from './log.ts';

const marked = '赵标记13900000001';

function listen(): { log: Log; lines: () => Record<string, unknown>[]; text: () => string } {
  let text = '';
  const log = createLog('web', 'debug', {
    write: (line) => {
      text += line;
    },
  });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

it('writes ids, numbers and words that are allowed, and only names the rest', () => {
  const { log, lines, text } = listen();
  log.info({ reservation: 'r1', ms: 12, phone: marked, body: { name: marked }, kind: { name: marked } }, 'kept');
  expect(lines()[0]).toMatchObject({ name: 'web', level: 'info', reservation: 'r1', ms: 12, msg: 'kept' });
  expect(lines()[0]?.dropped).toEqual(['phone', 'body', 'kind']);
  expect(text()).not.toContain(marked);
});

/** The names of the fields in each call of a log, as the code has them. */
const fieldsLogged = (text: string): string[] =>
  [...text.matchAll(/\blog\.(?:debug|info|warn|error|fatal)\(\s*\{([^}]*)\}/g)].flatMap(([, fields = '']) =>
    fields.split(',').flatMap((field) => /^\s*(\w+)\s*(?::|$)/.exec(field)?.[1] ?? []),
  );

it('is given no field by our code that it would drop', () => {
  expect(fieldsLogged("log.warn({ fault, cause: e.cause,\n url }, 'no')")).toEqual(['fault', 'cause', 'url']);
  const top = join(import.meta.dirname, '..');
  const rooms = '{activities,bin,delivery,door,gate-worker,platform,sandbox,store,web}/**/*.ts';
  const given = globSync(rooms, { cwd: top, exclude: ['**/*.test.ts'] }).flatMap((path) =>
    fieldsLogged(readFileSync(join(top, path), 'utf8')).map((field) => ({ path, field })),
  );
  expect(given.length).toBeGreaterThan(30);
  const dropped = given.filter(({ field }) => {
    const { log, lines } = listen();
    log.info({ [field]: field === 'err' ? new Error() : 'x' }, 'said');
    return lines()[0]?.dropped !== undefined;
  });
  expect(dropped).toEqual([]);
});

it('holds children and their children to the same list', () => {
  const { log, text, lines } = listen();
  const child = log.child({ request: 'q1', url: `/p?${marked}` }).child({ gate: 'south', token: marked });
  child.warn({ name: marked.repeat(20) }, 'seen');
  expect(lines()[0]).toMatchObject({ request: 'q1', gate: 'south', msg: 'seen' });
  expect(text()).not.toContain(marked);
});

it('tells of an error what and where, never its message', () => {
  const { log, text, lines } = listen();
  const database = Object.assign(new Error(`insert into visitor values ('${marked}')\n    at ${marked}:1:1 - failed`), {
    code: '23505',
    constraint: 'visitor_phone',
    detail: `Key (phone)=(${marked}) exists`,
    bindings: [marked],
  });
  log.error(database);
  log.error({ err: new AppError('unavailable', { status: 503, cause: database }) });
  log.error({ err: database }, 'could not keep the visitor');
  log.error({ error: database, other: database }, `%s`, marked);
  expect(text()).not.toContain(marked);
  expect(lines()[0]?.err).toMatchObject({ kind: 'Error', code: '23505', constraint: 'visitor_phone' });
  expect(JSON.stringify(lines()[0]?.err)).toContain('log.test.ts');
  expect(lines()[1]?.err).toMatchObject({ code: 'unavailable', status: 503, cause: { code: '23505' } });
  expect(lines()[2]?.msg).toBe('could not keep the visitor');
});

it('never writes an address, a header or a body of a request', async () => {
  const { log, text, lines } = listen();
  const logger = pinoHttp({ logger: log });
  const server = createServer((request, response) => {
    logger(request, response);
    response.setHeader('Set-Cookie', 'secret=1');
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}/secret-path?code=secret`, {
    method: 'POST',
    headers: { cookie: 'secret=1' },
    body: 'secret',
  });
  await new Promise((resolve) => server.close(resolve));
  expect(text()).not.toContain('secret');
  expect(lines()[0]).toMatchObject({ req: { method: 'POST' }, res: { status: 200 } });
});
