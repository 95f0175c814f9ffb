import { randomInt, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { VisitorReady } from '../domain/request.ts';
import type { BlindIndex, FieldCipher } from '../platform/crypto.ts';
import type { ConsentPurpose } from '../store/people/consent.ts';
import type { SubmittedPerson } from '../store/reservations/submission.ts';
import type { TestPartners } from './partners.ts';
import { aSubmittedPerson } from './submitted.ts';

export interface TestVisitor {
  id: string;
  phone: string;
  openid: string | undefined;
  profile: SubmittedPerson;
  ready: VisitorReady;
}

/** Makes visitors as `web` would have left one: proved phone, agreed notice, complete person. */
export function visitorsOf({
  owner,
  cipher,
  index,
  partners,
  notice,
}: {
  owner: Knex;
  cipher: FieldCipher;
  index: BlindIndex;
  partners: Pick<TestPartners, 'person'>;
  notice: string;
}) {
  return async (
    options: { agreed?: boolean; wechat?: boolean; person?: Partial<SubmittedPerson> } = {},
  ): Promise<TestVisitor> => {
    const id = randomUUID();
    const phone = options.person?.phone ?? `139${String(randomInt(1e8)).padStart(8, '0')}`;
    const openid = options.wechat ? (await partners.person()).openid : undefined;
    const seal = (table: string, row: string) => (column: string, text: string) =>
      cipher.seal({ table, column, row }, text);
    const mine = seal('visitor', id);
    await owner('visitor').insert({
      id,
      phone_enc: mine('phone_enc', phone),
      phone_hash: index('phone', phone),
      ...(openid && { openid_enc: mine('openid_enc', openid), openid_hash: index('openid', openid) }),
    });
    const [person, consent] = [randomUUID(), randomUUID()];
    const profile = aSubmittedPerson({
      person,
      visitor: id,
      consent,
      sex: 'female',
      phone,

      documentType: 'resident_id',
      document: '110199200001019010',
      ...options.person,
    });
    if (options.agreed ?? true) await agree(owner, { visitor: id, consent, notice });
    if (openid) await agree(owner, { visitor: id, consent: randomUUID(), notice, purpose: 'wechat' });
    if (options.agreed ?? true) await insertPerson(owner, seal('person', person), index, id, profile);
    return { id, phone, openid, profile, ready: { person, personVersion: 1, consent } };
  };
}

async function agree(
  owner: Knex,
  {
    visitor,
    consent,
    notice,
    purpose = 'personal_information',
  }: { visitor: string; consent: string; notice: string; purpose?: ConsentPurpose },
) {
  const { text_hash } = await owner('notice').where({ id: notice }).first('text_hash');
  await owner('consent').insert({
    id: consent,
    visitor_id: visitor,
    notice_id: notice,
    purpose,
    text_hash,
    channel: 'browser',
  });
}

async function insertPerson(
  owner: Knex,
  seal: (column: string, text: string) => Buffer,
  index: BlindIndex,
  visitor: string,
  profile: SubmittedPerson,
) {
  await owner('person').insert({
    id: profile.person,
    visitor_id: visitor,
    name_enc: seal('name_enc', profile.name),
    sex: profile.sex,
    phone_enc: seal('phone_enc', profile.phone ?? ''),
    document_type: profile.documentType,
    document_enc: seal('document_enc', profile.document),
    document_hash: index('document', profile.document),
    document_tail_hash: index('document_tail', profile.document.slice(-6)),
  });
}
