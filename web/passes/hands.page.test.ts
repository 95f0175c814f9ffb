import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scan } from '../../e2e/scanner.ts';
import { insertPass } from '../../store/passes/pass.ts';
import { readVisitCode } from '../../store/passes/visit-code.ts';
import { freezePerson } from '../../store/reservations/submission.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { untilBlockedBy } from '../../testing/blocked.ts';
import { aPhone } from '../../testing/passes.ts';
import { aVisitor, somebody } from '../../testing/reservations.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** In whose hands a pass is: shown to, bound by, printed for and told to. */

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.stop());

type Visit = Awaited<ReturnType<typeof anApprovedVisit>>;

async function signedIn(phone: string): Promise<VisitorBrowser> {
  const browser = new VisitorBrowser(system, { phone });
  await browser.register();
  return browser;
}

/** A pass of one more person of the party, as the worker would have made it. */
async function passFor(visit: Visit, ordinal: number, name: string, account?: { visitor: string; consent: string }) {
  const { db } = system;
  const [row] = await db('companion')
    .insert({ visitor_id: visit.visitor, name_enc: Buffer.from('x') })
    .returning('id');
  const consent = account?.consent ?? (await db('consent').where({ visitor_id: visit.visitor }).first()).id;
  await freezePerson(
    db,
    system,
    { id: visit.submission, reservation: visit.reservation },
    {
      ...aSubmittedPerson({ person: null, visitor: account?.visitor ?? null, consent }),

      ordinal,
      name,
      companion: row.id,
      personVersion: null,
    },
  );
  const lead = await db('pass').where({ id: visit.pass }).first();
  const id = randomUUID();
  await insertPass(db, system.cipher, {
    id,
    reservation: visit.reservation,
    ordinal,
    version: 1,
    campus: lead.campus_id,
    gates: 3n,
    seq: lead.seq,

    from: lead.valid_from,
    until: lead.valid_until,
    issuedAt: new Date(),
    gateCode: 'ABCDEFGH',
    token: Buffer.alloc(112, 1),
  });
  return id;
}

describe('a party', () => {
  test('the lead holds the passes of those without an account, and of nobody else', async () => {
    const visit = await anApprovedVisit(system);
    const friend = { ...somebody, phone: '13911110001', document: '110199200001019029', name: '司马相如' };
    const account = await aVisitor(system, friend);
    const grandmother = await passFor(visit, 1, '诸葛大名');
    const friends = await passFor(visit, 2, friend.name, account);

    const lead = await signedIn(visit.phone);
    const list = await lead.page('/passes');
    expect(list('h2')).toHaveLength(1);
    expect(
      list('.list .row__title')
        .map((_, row) => list(row).text())
        .get(),
    ).toEqual(['本人', '诸**名']);
    const shown = await lead.page(`/passes/${grandmother}`);
    expect(shown('.ticket__name').text()).toBe('诸**名');
    expect((await lead.page(`/passes/${friends}`))('.qr')).toHaveLength(0);
    const seen = async (pass: string) => (await system.db('pass').where({ id: pass }).first()).shown_at !== null;
    expect([await seen(grandmother), await seen(friends)]).toEqual([true, false]);
    await lead.agent.get(`/passes/${friends}/qr`).expect(404);

    const own = await signedIn(friend.phone);
    expect((await own.page(`/passes/${friends}`))('.qr')).toHaveLength(1);
    expect(await seen(friends)).toBe(true);
    await own.agent.get(`/passes/${visit.pass}/qr`).expect(404);
    await own.agent.get('/passes').expect(303).expect('location', `/passes/${friends}`);
  });
});

describe('binding to a phone', () => {
  const ask = (browser: VisitorBrowser, pass: string, key = aPhone().key, request: string = randomUUID()) =>
    browser.post(`/passes/${pass}/bindings`, { key: Buffer.from(key).toString('base64'), request });

  test('makes the next version for that phone, once a request, and five a day', async () => {
    const visit = await anApprovedVisit(system);
    const browser = await signedIn(visit.phone);
    const [key, request] = [aPhone().key, randomUUID()];
    await ask(browser, visit.pass, key, request).expect(201);
    await ask(browser, visit.pass, key, request).expect(201);
    await ask(browser, visit.pass, aPhone().key, request).expect(409);
    const page = await browser.page(`/passes/${visit.pass}`);
    expect(Buffer.from(page('#standing').attr('data-token') ?? '', 'base64').subarray(48, 81)).toEqual(
      Buffer.from(key),
    );
    expect(page('[data-where=elsewhere]').first().text()).toContain('已绑定另一部手机');
    for (let more = 0; more < 4; more += 1) await ask(browser, visit.pass).expect(201);
    await ask(browser, visit.pass).expect(429);
    expect(await system.db('phone_binding').where({ pass_id: visit.pass })).toHaveLength(5);
    expect(await system.db('pass').where({ id: visit.pass })).toHaveLength(6);
  });

  test('ends no paper unasked, and paper that is made meanwhile has the version that follows', async () => {
    const printed = await anApprovedVisit(system);
    const holder = await signedIn(printed.phone);
    await holder.page(`/passes/${printed.pass}/print`);
    expect((await ask(holder, printed.pass).expect(409)).body).toEqual({ code: 'printed' });
    const form = { key: Buffer.from(aPhone().key).toString('base64'), request: randomUUID() };
    await holder.post(`/passes/${printed.pass}/bindings`, { ...form, anyway: 'yes' }).expect(201);

    for (let round = 0; round < 3; round += 1) {
      const visit = await anApprovedVisit(system);
      const browser = await signedIn(visit.phone);
      const [bound, paper] = await Promise.all([
        ask(browser, visit.pass),
        browser.agent.get(`/passes/${visit.pass}/print`).expect(200),
      ]);
      expect([201, 409]).toContain(bound.status);
      const qr = load(paper.text)('.paper__qr').attr('data-text') ?? '';
      const { version } = await system.db('pass').where({ id: visit.pass }).orderBy('version', 'desc').first();
      expect(version).toBe(bound.status === 201 ? 2 : 1);
      const scanned = { kind: 'qr', value: qr, document: visit.document } as const;
      await until(async () => (await scan(system.gates.south, scanned)).open, 'the paper opens the gate');
    }
  });

  test('paper has the version that a phone got while it was being made', async () => {
    const visit = await anApprovedVisit(system);
    const browser = await signedIn(visit.phone);
    const [page] = await system.owner.transaction(async (trx) => {
      const first = await trx('pass').where({ id: visit.pass }).first();
      await trx('reservation').where({ id: visit.reservation }).forNoKeyUpdate().first('id');
      const printing = browser.agent.get(`/passes/${visit.pass}/print`).then((answer) => answer);
      await untilBlockedBy(trx, system.db, 'the paper is being made');
      await insertPass(trx, system.cipher, {
        id: visit.pass,
        reservation: visit.reservation,
        ordinal: 0,
        version: 2,
        campus: first.campus_id,
        gates: 3n,
        seq: first.seq + 1,
        from: first.valid_from,
        until: first.valid_until,
        issuedAt: new Date(),
        gateCode: 'ABCDEFGH',
        token: Buffer.alloc(112, 1),
        paper: Buffer.alloc(112, 2),
      });
      return [printing];
    });
    const qrOf = (text: string) => load(text)('.paper__qr').attr('data-text');
    const paper = qrOf((await page).text);
    expect(paper).toBe(qrOf((await browser.agent.get(`/passes/${visit.pass}/print`).expect(200)).text));
    const rows = await system.db('pass').where({ id: visit.pass }).orderBy('version').select('version', 'printed_at');
    expect(rows).toEqual([
      { version: 1, printed_at: null },
      { version: 2, printed_at: expect.any(Date) },
    ]);
  });

  test('paper waits while a phone takes the pass over', async () => {
    const visit = await anApprovedVisit(system);
    const browser = await signedIn(visit.phone);
    await system.parts.worker.stop();
    try {
      await ask(browser, visit.pass).expect(202);
      await browser.page(`/passes/${visit.pass}/print`, 503);
    } finally {
      await system.parts.worker.start();
    }
    await until(() => system.db('pass').where({ id: visit.pass, version: 2 }).first('id'), 'the phone has its version');
    await browser.page(`/passes/${visit.pass}/print`);
  });

  test('a text that is no key or no request, or belongs to somebody else, binds nothing', async () => {
    const visit = await anApprovedVisit(system);
    const browser = await signedIn(visit.phone);
    await ask(browser, visit.pass, new Uint8Array(33)).expect(422);
    await ask(browser, visit.pass, aPhone().key, 'x').expect(422);
    const stranger = new VisitorBrowser(system);
    await ask(stranger, visit.pass).expect(404);
    await ask(stranger, randomUUID()).expect(404);
    await system.owner('pass').where({ id: visit.pass }).update({ revoked_at: new Date() });
    await ask(browser, visit.pass).expect(404);
    expect(await system.db('phone_binding').where({ pass_id: visit.pass })).toHaveLength(0);
  });
});

describe('what is kept besides', () => {
  test('a calendar file says when and where, and nobody’s name or code', async () => {
    const visit = await anApprovedVisit(system);
    const browser = await signedIn(visit.phone);
    const { text } = await browser.agent
      .get(`/passes/${visit.pass}/visit.ics`)
      .expect('content-type', /text\/calendar/);
    expect(text).toMatch(/^BEGIN:VCALENDAR[\s\S]*DTSTART:\d{8}T\d{6}Z[\s\S]*TRIGGER:-PT1H[\s\S]*END:VCALENDAR/);
    const unfolded = text.replaceAll('\r\n ', '');
    expect(unfolded).toContain('校本部');
    expect(unfolded).toContain(`/passes/${visit.pass}`);
    const code = (await readVisitCode(system.db, system.cipher, visit.pass)) ?? '';
    for (const secret of [somebody.name, visit.phone, visit.document]) expect(unfolded).not.toContain(secret);
    expect(unfolded.match(/\d{6}(?!\d|T|Z)/g) ?? []).not.toContain(code);
  });

  test('paper is for the holder and for a person who typed the code, and is not found for passes of long ago', async () => {
    const visit = await anApprovedVisit(system);
    for (const part of ['print', 'image.png', 'visit.ics']) {
      await new VisitorBrowser(system).agent.get(`/passes/${visit.pass}/${part}`).expect(404);
    }
    const guest = new VisitorBrowser(system);
    const code = (await readVisitCode(system.db, system.cipher, visit.pass)) ?? '';
    await guest.post(`/passes/${visit.pass}/opening`, { code }).expect(303);
    const paper = await guest.page(`/passes/${visit.pass}/print`);
    expect(paper('.paper__id').text()).toBe('须与证件原件一同出示');
    expect(paper('script')).toHaveLength(0);
    await guest.agent.get(`/passes/${visit.pass}/image.png`).expect('content-type', 'image/png').expect(200);

    await system.owner('pass').where({ id: visit.pass }).update({ static_token_enc: null });
    await guest.agent.get(`/passes/${visit.pass}/print`).expect(404);
    expect((await guest.page(`/passes/${visit.pass}`))(`a[href$="/print"]`)).toHaveLength(0);
  });

  test('a guide is readable by everybody under its own address', async () => {
    const browser = new VisitorBrowser(system);
    for (const topic of ['must-read', 'getting-here', 'screen-casting', 'dining']) {
      const page = await browser.page(`/guide/${topic}`);
      expect(page('.guide__text').text().length).toBeGreaterThan(100);
      const tabs = page('.tabs a').map((_, tab) => page(tab).text());
      expect(tabs.get()).toEqual(['来访必读', '如何到达', '会议投屏', '食堂餐饮']);
      const part = load((await browser.agent.get(`/guide/${topic}/part`).expect(200)).text);
      expect(part('#guide a[aria-current]').attr('href')).toBe(`/guide/${topic}`);
    }
    await browser.page('/guide/nothing', 404);
    await browser.page(`/guide/dining?campus=${randomUUID()}`, 404);
  });
});
