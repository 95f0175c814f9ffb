import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { freezePerson } from '../store/reservations/submission.ts';
import { openAdmissions } from '../testing/admissions.ts';
import { aSubmittedPerson } from '../testing/submitted.ts';

const day = 86_400_000;
const ground = openAdmissions();
const { anAsking, ask, ids } = ground;

describe('the agreements that admission asks for', () => {
  /** A party of the lead and somebody out of the lead's book. */
  async function aParty(companion: { purpose?: string; subject?: string; born?: string; guardian?: string } = {}) {
    const asking = await anAsking();
    const { visitor_id: visitor } = await ground.database.db('reservation').where({ id: asking.reservation }).first();
    const [book, consent] = [randomUUID(), randomUUID()];
    await ground.database.owner('companion').insert({ id: book, visitor_id: visitor, name_enc: Buffer.alloc(1) });
    await ground.database.owner('consent').insert({
      id: consent,
      visitor_id: visitor,
      notice_id: ids.notice,
      purpose: companion.purpose ?? 'companion',

      subject_id: companion.subject ?? book,
      text_hash: Buffer.alloc(32),
      channel: 'browser',
    });
    const guardian = companion.guardian ? await aGuardian(visitor) : null;
    const person = aSubmittedPerson({
      ordinal: 1,
      person: null,
      personVersion: null,
      visitor: null,
      companion: book,
      consent,
      guardian,
      birthDay: companion.born ?? null,
    });
    await ground.database.db.transaction((trx) =>
      freezePerson(trx, ground.sealing, { id: asking.submission, reservation: asking.reservation }, person),
    );
    return { ...asking, consent, guardian };
  }
  async function aGuardian(visitor: string): Promise<string> {
    const [id, consent] = [randomUUID(), randomUUID()];
    await ground.database.owner('consent').insert({
      id: consent,
      visitor_id: visitor,
      notice_id: ids.notice,
      purpose: 'guardian',
      subject_id: randomUUID(),

      text_hash: Buffer.alloc(32),
      channel: 'browser',
    });
    const sealed = Buffer.alloc(1);
    await ground.database.owner('guardian').insert({
      id,
      visitor_id: visitor,
      consent_id: consent,
      name_enc: sealed,
      phone_enc: sealed,
      phone_hash: sealed,
    });
    return id;
  }
  const withdraw = (consent: string) =>
    ground.database.owner('consent').where({ id: consent }).update({ withdrawn_at: new Date() });
  const needed = { ok: false, fields: { consent: 'field.consent_needed' } };

  it('given by a lead count for a person in their book, and for nobody else', async () => {
    expect(await ask(await aParty())).toMatchObject({ ok: true, policy: { ordinals: [0, 1] } });
    expect(await ask(await aParty({ subject: randomUUID() }))).toEqual(needed);
    expect(await ask(await aParty({ purpose: 'face' }))).toEqual(needed);
  });

  it('count until they are withdrawn', async () => {
    const party = await aParty();
    await withdraw(party.consent);
    expect(await ask(party)).toEqual(needed);
  });

  it('given by a companion who joined count until they are withdrawn, also while the form is on its way', async () => {
    const [asking, member] = [await anAsking(), await anAsking()];
    const { owner, db } = ground.database;
    const { visitor_id: lead } = await db('reservation').where({ id: asking.reservation }).first();
    const own = await db('reservation_person').where({ submission_id: member.submission }).first();
    const [companion, word] = [randomUUID(), randomUUID()];
    await owner('companion').insert({
      id: companion,
      visitor_id: lead,
      name_enc: Buffer.alloc(1),
      joined_at: new Date(),
      member_id: own.visitor_id,
    });
    await owner('consent').insert({
      id: word,
      visitor_id: own.visitor_id,
      notice_id: ids.notice,
      purpose: 'companion',
      subject_id: companion,

      text_hash: Buffer.alloc(32),
      channel: 'browser',
    });
    const person = aSubmittedPerson({
      ordinal: 1,
      person: own.person_id,
      visitor: own.visitor_id,
      consent: own.consent_id,
      companion,
    });
    await db.transaction((trx) =>
      freezePerson(trx, ground.sealing, { id: asking.submission, reservation: asking.reservation }, person),
    );
    expect(await ask(asking)).toMatchObject({ ok: true, policy: { ordinals: [0, 1] } });
    await withdraw(word);
    expect(await ask(asking)).toEqual(needed);
  });

  it('given by a guardian are needed beside those of a child', async () => {
    const born = new Date(Date.now() - 10 * 366 * day).toISOString().slice(0, 10);
    expect(await ask(await aParty({ born }))).toEqual(needed);
    const guarded = await aParty({ born, guardian: 'yes' });
    expect(await ask(guarded)).toMatchObject({ ok: true });
    const { consent_id } = await ground.database.db('guardian').where({ id: guarded.guardian }).first();
    await withdraw(consent_id);
    expect(await ask(guarded)).toEqual(needed);
  });
});
