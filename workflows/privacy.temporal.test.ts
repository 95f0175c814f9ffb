import { randomUUID } from 'node:crypto';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toQrText } from '../domain/pass-token.ts';
import { createReader } from '../platform/codec.ts';
import { readCredentials } from '../store/passes/pass.ts';
import { readVisitCode } from '../store/passes/visit-code.ts';
import { decodeHistory, textOf } from '../testing/history.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { gateWorkflowId } from './messages/gate.ts';

/** One marked visitor walks a whole visit; then everything that Temporal keeps is read, payloads in clear. */
describe('what Temporal keeps of a visit', () => {
  let process: ProcessUnderTest;
  beforeAll(async () => {
    process = await startProcess();
    await process.startWorker();
    await process.forwarded();
  });
  afterAll(() => process?.stop());

  /** Everything of a workflow that anybody with the engine's own tools can see, and what its payloads hold. */
  async function everythingOf(workflowId: string): Promise<string> {
    const handle = process.client.workflow.getHandle(workflowId);
    const history = JSON.parse(historyToJSON(await handle.fetchHistory()));
    const description = await handle.describe();
    const decoded = [await decodeHistory(history, createReader(process.keys.web.codec)), textOf(history)];
    const shown = JSON.stringify([description.raw, description.memo, description.typedSearchAttributes]);
    const metadata = await handle.query('__temporal_workflow_metadata').catch(() => undefined);
    return [
      ...decoded.map((part) => (typeof part === 'string' ? part : textOf(part))),
      shown,
      JSON.stringify(metadata),
    ].join('\n');
  }

  it('holds nothing personal, no credential and no sentence', async () => {
    const profile = {
      name: '标记姓名甲',
      phone: '13912345670',
      document: '110199200001019010',
      plate: '京A12345',
      unit: '标记单位乙',
    };
    const visitor = await process.aVisitor({ wechat: true, person: profile });
    const visit = { until: new Date(Date.now() + 15_000), host: '标记被访人丙', note: '标记说明丁' };
    const { reservation } = await process.submit(visitor, visit);
    await process.decide(reservation, 'approved', '标记意见戊');
    await process.reaches(reservation, 'visit');
    await until(
      () => process.db('message').where({ reservation_id: reservation, status: 'sent' }).first(),
      'the message',
    );
    const pass = await process.db('pass').where({ reservation_id: reservation }).first('id');
    const firstCode = await readVisitCode(process.db, process.cipher, pass.id);
    const actor = { kind: 'visitor', id: visitor.id } as const;
    await process.ask({ reservation, kind: 'resend_code', payload: { pass: pass.id }, actor });
    await until(
      () => process.db('message').where({ reservation_id: reservation, kind: 'code', status: 'sent' }).first(),
      'the new code',
    );
    await process.enter(reservation);
    await process.result(reservation);

    const credentials = await readCredentials(process.db, process.cipher, pass.id);
    const secret = {
      ...profile,

      host: visit.host,
      note: visit.note,
      opinion: '标记意见戊',
      openid: visitor.openid ?? '',
      firstCode: firstCode ?? '',
      secondCode: (await readVisitCode(process.db, process.cipher, pass.id)) ?? '',
      gateCode: credentials?.gateCode ?? '',
      token: credentials?.token.toString('base64').slice(0, 60) ?? '',
      qr: toQrText(credentials?.token ?? Buffer.alloc(0)).slice(4, 60),
      documentTail: profile.document.slice(-6),
    };
    for (const [name, value] of Object.entries(secret)) expect(value.length, name).toBeGreaterThan(3);
    await until(
      () => process.db('gate').whereRaw('feed_position > 0 and announced_position = feed_position').first(),
      'the feed to be announced',
    );

    for (const workflowId of [process.handle(reservation).workflowId, gateWorkflowId('south')]) {
      const everything = await everythingOf(workflowId);
      expect(everything.length).toBeGreaterThan(500);
      const found = Object.entries(secret).flatMap(([name, value]) => (appears(everything, value) ? [name] : []));
      expect(found, `${workflowId} tells`).toEqual([]);
    }
    expect(await everythingOf(process.handle(reservation).workflowId)).toContain(reservation);
  });

  it('would be noticed if it held any', async () => {
    const visitor = await process.aVisitor();
    const reservation = randomUUID();
    await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
    await process.ask({ reservation, kind: 'start', payload: {}, actor: { kind: 'visitor', id: visitor.id } });
    expect(appears(await everythingOf(process.handle(reservation).workflowId), visitor.id)).toBe(true);
  });
});

/** Six digits turn up inside ids and instants: a code counts only where no digit or hexadecimal letter touches it. */
const appears = (text: string, value: string): boolean =>
  /^\d+$/.test(value) ? new RegExp(`(?<![0-9a-f.-])${value}(?![0-9a-f])`, 'i').test(text) : text.includes(value);
