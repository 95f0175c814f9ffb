import { describe, expect, test } from 'vitest';
import { answerChallenge, type DigestAlgorithm, parametersOf } from './digest.ts';
import { createDigestGuard } from './digest-guard.ts';

const mufasa = { user: 'Mufasa', password: 'Circle of Life' };
const asked = { method: 'GET', uri: '/dir/index.html' };

describe('HTTP Digest', () => {
  test.each<[DigestAlgorithm, string]>([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('answers by %s as RFC 7616 does in 3.9.1', (algorithm, response) => {
    const challenge =
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
    const said = parametersOf(answerChallenge(challenge, mufasa, { ...asked, count: 1, cnonce }) ?? '');
    expect(said).toMatchObject({ response, nc: '00000001', qop: 'auth', uri: asked.uri, username: 'Mufasa' });
    expect(said?.opaque).toBe('FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS');
  });

  test('answers no challenge that it cannot keep to', () => {
    const user = { ...asked, count: 1 };
    expect(answerChallenge('Basic realm="x"', mufasa, user)).toBeUndefined();
    expect(answerChallenge('Digest realm="x", nonce="n"', mufasa, user)).toBeUndefined();
    expect(answerChallenge('Digest realm="x", nonce="n", qop="auth-int"', mufasa, user)).toBeUndefined();
    expect(
      answerChallenge('Digest realm="x", nonce="n", qop="auth", algorithm=MD5-sess', mufasa, user),
    ).toBeUndefined();
  });

  test('reads no header in which a name comes twice', () => {
    expect(parametersOf('Digest nonce="a", nonce="b"')).toBeUndefined();
  });
});

describe('who asks a device who it is', () => {
  const at = 1_800_000_000_000;
  const open = () => createDigestGuard(mufasa);
  const challenged = (guard: ReturnType<typeof open>, now = at) => guard.challenge(undefined, now)[0] ?? '';
  const answer = (challenge: string, count = 1, user = mufasa, what = asked) =>
    answerChallenge(challenge, user, { ...what, count }) ?? '';

  test('lets in who knows the password, with each count once', () => {
    const guard = open();
    const challenge = challenged(guard);
    const first = answer(challenge);
    expect(guard.check(first, asked, at)).toBe('ok');
    expect(guard.check(first, asked, at)).toBe('stale');
    expect(guard.check(answer(challenge, 2), asked, at)).toBe('ok');
    expect(guard.check(answer(challenge, 1), asked, at)).toBe('stale');
  });

  test('knows a nonce of somebody else, and one that is old', () => {
    const guard = open();
    expect(guard.check(answer(challenged(open())), asked, at)).toBe('stale');
    expect(guard.check(answer(challenged(guard)), asked, at + 300_001)).toBe('stale');
  });

  test.each([
    ['another password', (challenge: string) => answer(challenge, 1, { ...mufasa, password: 'circle of life' })],
    ['another user', (challenge: string) => answer(challenge, 1, { ...mufasa, user: 'Scar' })],
    ['an answer for another address', (challenge: string) => answer(challenge, 1, mufasa, { ...asked, uri: '/other' })],
    ['an answer for another method', (challenge: string) => answer(challenge, 1, mufasa, { ...asked, method: 'PUT' })],
    ['no count', (challenge: string) => answer(challenge).replace('nc=00000001', 'nc=1')],
    ['nothing', () => ''],
    ['another scheme', () => `Basic ${btoa('Mufasa:Circle of Life')}`],
  ])('refuses %s', (_name, make) => {
    const guard = open();
    expect(guard.check(make(challenged(guard)), asked, at)).toBe('wrong');
  });

  test('a count that was answered wrongly is not used up', () => {
    const guard = open();
    const challenge = challenged(guard);
    expect(guard.check(answer(challenge, 1, { ...mufasa, password: 'x' }), asked, at)).toBe('wrong');
    expect(guard.check(answer(challenge), asked, at)).toBe('ok');
  });

  test('a user name with a quote is told apart', () => {
    const guard = createDigestGuard({ user: 'a"b', password: 'p' });
    expect(guard.check(answer(challenged(guard), 1, { user: 'a"b', password: 'p' }), asked, at)).toBe('ok');
  });
});
