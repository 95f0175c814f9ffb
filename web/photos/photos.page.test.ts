import { load } from 'cheerio';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { photosPastTheirTime } from '../../store/people/photo.ts';
import { bigPng, brokenPhotos, noise, photoWithLocation } from '../../testing/photographs.ts';
import { aWaitingTask } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
let visitor: VisitorBrowser;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
beforeEach(async () => {
  visitor = await new VisitorBrowser(system).settle();
});
afterAll(() => system?.stop());

const idOf = async (who: VisitorBrowser): Promise<string> =>
  (
    await system
      .db('visitor')
      .where({ phone_hash: system.index('phone', who.phone) })
      .first('id')
  ).id;
const rowOf = async (kind: string) =>
  system
    .db('photo')
    .where({ visitor_id: await idOf(visitor), kind })
    .first();
const inForce = async (purpose: string) =>
  system
    .db('consent')
    .where({ visitor_id: await idOf(visitor), purpose })
    .whereNull('withdrawn_at');

async function upload(kind: string, bytes: Buffer, fields: Record<string, string> = {}, name = 'photo.jpg') {
  const notice = (await visitor.page('/profile/photos'))(`#${kind} [name=notice]`).attr('value');
  const sent = visitor.agent.post(`/profile/photos/${kind}`);
  for (const [field, value] of Object.entries({ ...(notice ? { notice } : {}), ...fields })) sent.field(field, value);
  return sent.attach('photo', bytes, { filename: name, contentType: 'image/jpeg' });
}

test('a photo of the document is drawn anew, kept encrypted, shown to its owner, replaced and deleted', async () => {
  const given = await photoWithLocation();
  const sent = await upload('document', given);
  expect([sent.status, sent.headers.location]).toEqual([303, '/profile/photos?saved=document#document']);
  const shown = await visitor.agent.get('/profile/photos/document').expect(200);
  expect(shown.headers).toMatchObject({
    'content-type': 'image/jpeg',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  const seen = await sharp(shown.body).metadata();
  expect([seen.format, seen.width, seen.height, seen.exif]).toEqual(['jpeg', 480, 640, undefined]);
  const row = await rowOf('document');
  expect(row).toMatchObject({ width: 480, height: 640, keep: false });
  expect(row.image_enc.includes(Buffer.from('\xff\xd8\xff', 'latin1'))).toBe(false);
  expect((await visitor.page('/profile'))('.photo-row img').attr('src')).toBe(`/profile/photos/document?v=${row.id}`);

  await upload('document', await noise(400, 400));
  const next = await rowOf('document');
  expect(next.id).not.toBe(row.id);
  expect(await system.db('photo').where({ id: row.id })).toEqual([]);
  await visitor.post('/profile/photos/document/removal').expect(303);
  expect(await rowOf('document')).toBeUndefined();
  await visitor.agent.get('/profile/photos/document').expect(404);
});

test('the face has an agreement of its own, and keeping it another; to withdraw deletes it at once', async () => {
  const page = await visitor.page('/profile/photos');
  expect(page('#face').text()).toMatch(/用于闸机人脸通行.*二维码和身份证同样可以开门/s);
  expect(page('#face button').text()).toBe('同意并上传');
  expect(page('#face a[href="/profile"]').text()).toBe('不使用');
  expect(page('#face [name=keep]').attr('checked')).toBeUndefined();

  const unread = await upload('face', await noise(300, 300), { notice: 'an older text' });
  expect(unread.status).toBe(409);
  expect([await rowOf('face'), await inForce('face')]).toEqual([undefined, []]);

  expect((await upload('face', await noise(300, 300))).status).toBe(303);
  expect([(await inForce('face')).length, (await inForce('keep_photo')).length]).toEqual([1, 0]);
  expect((await upload('face', await noise(300, 300), { keep: 'yes' })).status).toBe(303);
  expect([(await inForce('face')).length, (await inForce('keep_photo')).length]).toEqual([1, 1]);
  expect((await rowOf('face')).keep).toBe(true);
  expect((await visitor.page('/profile/photos'))('#face figcaption').text()).toBe('已同意保留到下次来访');

  await visitor.post('/profile/photos/face/removal').expect(303);
  expect([await rowOf('face'), await inForce('face'), await inForce('keep_photo')]).toEqual([undefined, [], []]);
  const actions = await system
    .db('audit')
    .where({ actor_id: await idOf(visitor) })
    .orderBy('id')
    .pluck('action');
  expect(actions.slice(-3)).toEqual(['photo_saved', 'consent_withdrawn', 'photo_removed']);
});

describe('what is no photo is refused in words, and nothing is kept', async () => {
  const refused = [
    ...(await brokenPhotos()),
    { name: 'a bomb', bytes: bigPng(20_000, 20_000), problem: 'field.photo_pixels' },
  ];
  test.each(refused)('$name', async ({ bytes, problem }) => {
    const sent = await upload('document', bytes);
    expect(sent.status).toBe(problem === 'field.photo_large' ? 413 : 422);
    const $ = load(sent.text);
    expect($('#document .field__error').text().length).toBeGreaterThan(5);
    expect($('#file-document').attr('aria-invalid')).toBe('true');
    if (problem === 'field.photo_heic') expect($('#document .field__error').text()).toContain('兼容性最佳');
    expect(await rowOf('document')).toBeUndefined();
  });

  test('9 MB, no form of files, too many parts, another site', async () => {
    const large = await upload('document', Buffer.alloc(9 * 1024 * 1024, 1));
    expect([large.status, load(large.text)('#document .field__error').text()]).toEqual([
      413,
      expect.stringMatching(/8 MB/),
    ]);
    await visitor.post('/profile/photos/document', { photo: 'x' }).expect(400);
    const many = visitor.agent.post('/profile/photos/document');
    for (let n = 0; n < 40; n++) many.field(`f${n}`, 'x');
    await many.expect(400);
    const elsewhere = visitor.agent.post('/profile/photos/document').set('Sec-Fetch-Site', 'cross-site');
    await elsewhere.attach('photo', await noise(300, 300), 'photo.jpg').expect(403);
    await visitor.agent.get('/profile/photos/passport').expect(404);
    expect(await rowOf('document')).toBeUndefined();
  });
});

test('nobody without an account and a consent may upload, and each sees only their own', async () => {
  await upload('document', await noise(300, 300));
  const stranger = new VisitorBrowser(system);
  await stranger.agent.get('/profile/photos/document').expect(303);
  await stranger.register();
  await stranger.agent.get('/profile/photos/document').expect(303);
  await stranger.agree();
  await stranger.agent.get('/profile/photos/document').expect(404);
});

test('no photo is taken before there is a person, nor of a child before a guardian agreed', async () => {
  const somebody = new VisitorBrowser(system);
  await somebody.register();
  await somebody.agree();
  const photo = await noise(300, 300);
  const send = (kind: string) => somebody.agent.post(`/profile/photos/${kind}`).attach('photo', photo, 'photo.jpg');
  await send('document').expect(303).expect('Location', '/profile');
  await somebody.agent.get('/profile/photos').expect(303).expect('Location', '/profile');
  const child = { ...somebody.person, document_type: 'passport', document_number: 'E00000078', nationality: 'CHN' };
  const birth_day = `${new Date().getFullYear() - 9}-01-01`;
  await somebody.post('/profile', { ...child, birth_day }).expect(303);
  for (const kind of ['document', 'face']) {
    await send(kind).expect(303).expect('Location', '/guardians/new?for=person');
  }
  expect(await system.db('photo').where({ visitor_id: await idOf(somebody) })).toEqual([]);
});

test('a submission carries the photos: its approver may look, and each look is recorded', async () => {
  await upload('document', await noise(300, 300));
  const form = await visitor.visitForm();
  const department = await system.db('department').where({ name_zh: '信息科学与工程学院' }).first('id');
  await visitor.post('/reservations', { ...form, department: department.id }).expect(303);
  const { id: photo } = await rowOf('document');
  const person = await system.db('reservation_person').where({ document_photo_id: photo }).first();
  expect(person).toMatchObject({ face_photo_id: null, ordinal: 0 });
  const task = await system.db('task').where({ reservation_id: person.reservation_id }).first('id');

  const approver = await staffBrowser(system.web, 'approver');
  const page = load((await approver.get(`/inbox/${task.id}`).expect(200)).text);
  const link = page('a[href*="/photos/"]');
  expect([link.text(), link.attr('href')]).toEqual(['查看证件照片', `/inbox/${task.id}/photos/${photo}`]);
  const shown = await approver.get(`/inbox/${task.id}/photos/${photo}`).expect(200);
  expect(shown.headers).toMatchObject({ 'content-type': 'image/jpeg', 'cache-control': 'no-store' });
  const looks = await system.db('audit').where({ action: 'photo_viewed', subject_id: person.reservation_id });
  expect(looks).toMatchObject([{ actor_kind: 'staff', detail: { photo, kind: 'document', task: task.id } }]);

  const other = await staffBrowser(system.web, 'otherApprover');
  await other.get(`/inbox/${task.id}/photos/${photo}`).expect(404);
  const elsewhere = await aWaitingTask(system, {
    who: { name: '李四', phone: '13000000311', document: '610199196512319030', plate: null },
  });
  await approver.get(`/inbox/${elsewhere.task}/photos/${photo}`).expect(404);

  // Needed until the window ends; afterwards its time is over, unless it may be kept.
  const due = async (at: Date) =>
    (await photosPastTheirTime(system.db, at).select('id')).some((one: { id: string }) => one.id === photo);
  const { visit_until: end } = await system.db('reservation').where({ id: person.reservation_id }).first('visit_until');
  expect([await due(new Date()), await due(new Date(Number(end) + 1))]).toEqual([false, true]);
  await system.owner('photo').where({ id: photo }).update({ keep: true });
  expect(await due(new Date(Number(end) + 1))).toBe(false);
});

test('from the form of a visit the way to a photo and back loses nothing that was typed', async () => {
  const form = { ...(await visitor.visitForm()), note: '带三箱样品', host: '李思远', unit: '改过的单位' };
  const button = (await visitor.page('/reservations/new?channel=personal'))('button[name=photo][value=document]');
  expect(button.attr('aria-label')).toBe('添加证件照片');
  const left = await visitor.post(String(button.attr('formaction')), { ...form, photo: 'document' }).expect(303);
  const party = /party=([0-9a-f-]{36})/.exec(String(left.headers.location))?.[1] ?? '';
  expect(left.headers.location).toBe(`/profile/photos?party=${party}#document`);

  const page = await visitor.page(`/profile/photos?party=${party}`);
  const send = (bytes: Buffer) =>
    visitor.agent.post(page('#document form').attr('action') ?? '').attach('photo', bytes, 'photo.jpg');
  const refused = load((await send(Buffer.from('no photo')).expect(422)).text);
  expect(refused('.head__back').attr('href')).toContain(`party=${party}`);
  const sent = await send(await photoWithLocation()).expect(303);
  expect(sent.headers.location).toBe(`/profile/photos?saved=document&party=${party}#document`);

  const back = (await visitor.page(String(sent.headers.location)))('.head__back').attr('href') ?? '';
  expect(back).toBe(`/reservations/new?channel=personal&party=${party}`);
  const $ = await visitor.page(back);
  expect([$('[name=note]').text(), $('[name=host]').attr('value'), $('[name=unit]').attr('value')]).toEqual([
    '带三箱样品',
    '李思远',
    '改过的单位',
  ]);
  expect($('button[name=photo][value=document]').attr('aria-label')).toBe('查看或更换证件照片');
  // Nothing is said of somebody else's form.
  const other = await new VisitorBrowser(system).settle();
  expect((await other.page(`/profile/photos?party=${party}`))('.head__back').attr('href')).toBe('/profile');
});
