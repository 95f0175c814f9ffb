import { expect, test } from 'vitest';
import { z } from 'zod';
import { readSettings, SettingsError, webSchema, workerSchema } from '../../platform/config.ts';
import { parts, readPart } from './settings.ts';

const claim = { OIDC_ACCOUNT_CLAIM: 'preferred_username' };
const oidc = { OIDC_ISSUER: 'https://id.example.edu', OIDC_CLIENT_ID: 'visits', OIDC_CLIENT_SECRET: 'of-a-test' };
const mail = { SMTP_URL: 'smtps://mail.example.edu', MAIL_FROM: 'Visits <visits@example.edu>' };
const tls = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_CERT: '/dev/null', TEMPORAL_TLS_KEY: '/dev/null' };
const sampler = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };
const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
const wecom = {
  WECOM_CORP_ID: 'ww1',
  WECOM_AGENT_ID: '1000002',
  WECOM_SECRET: 'of-a-test',
  WECOM_TOKEN: 'token',
  WECOM_AES_KEY: 'k'.repeat(43),
};
const feishu = {
  FEISHU_APP_ID: 'cli_a5000000',
  FEISHU_APP_SECRET: 'of-a-test',
  FEISHU_ENCRYPT_KEY: 'k',
  FEISHU_VERIFICATION_TOKEN: 'v',
};
const dingtalk = {
  DINGTALK_APP_KEY: 'ding1',
  DINGTALK_APP_SECRET: 'of-a-test',
  DINGTALK_CARD_TEMPLATE: 't.schema',
  DINGTALK_CARD_SECRET: 's'.repeat(32),
};
const { WECOM_SECRET: _wecom, ...withoutWecomSecret } = wecom;
const { FEISHU_ENCRYPT_KEY: _feishu, ...withoutEncryptKey } = feishu;
const { DINGTALK_CARD_SECRET: _dingtalk, ...withoutCardSecret } = dingtalk;
const { OIDC_CLIENT_SECRET: _secret, ...withoutSecret } = oidc;
const { OTEL_TRACES_SAMPLER: _sampler, ...withoutSampler } = { ...collector, ...sampler };
const { TEMPORAL_TLS: _on, ...withoutTls } = tls;

/** What is set, and of what is missing the name. */
const halves: [string, Record<string, string>, string[]][] = [
  ['mail without a sender', { SMTP_URL: mail.SMTP_URL }, ['MAIL_FROM']],
  ['a sender without a mail server', { MAIL_FROM: mail.MAIL_FROM }, ['SMTP_URL']],
  ['企业微信 without its secret', withoutWecomSecret, ['WECOM_SECRET']],
  ['飞书 without its Encrypt Key', withoutEncryptKey, ['FEISHU_ENCRYPT_KEY']],
  ['钉钉 without the secret of its cards', withoutCardSecret, ['DINGTALK_CARD_SECRET']],
  ['OpenID Connect without its secret', withoutSecret, ['OIDC_CLIENT_SECRET']],
  ['OpenID Connect by a claim alone', claim, ['OIDC_ISSUER']],
  ['several factors of nobody', { OIDC_MULTI_FACTOR_ACR: 'mfa' }, ['OIDC_ISSUER']],
  ['CAS by its factors alone', { CAS_MULTI_FACTOR: 'mfa' }, ['CAS_URL']],
  ['a certificate without its key', { ...tls, TEMPORAL_TLS_KEY: '' }, ['TEMPORAL_TLS_KEY']],
  ['certificates without TLS', withoutTls, ['TEMPORAL_TLS']],
  ['an authority without TLS', { TEMPORAL_TLS_CA: '/dev/null' }, ['TEMPORAL_TLS']],
  ['a part of the traces, and no collector', sampler, ['OTEL_EXPORTER_OTLP_ENDPOINT']],
  ['a part, and nothing that takes a part', withoutSampler, ['OTEL_TRACES_SAMPLER']],
];
const everything = {
  ...oidc,
  ...wecom,
  ...feishu,
  ...dingtalk,
  ...claim,
  ...mail,
  ...tls,
  ...sampler,
  ...collector,
  CAS_URL: 'https://cas.example.edu',
};

const ofGroups = (name: string): boolean => /^(OIDC|CAS|SMTP|WECOM|FEISHU|DINGTALK|MAIL|TEMPORAL_TLS|OTEL)/.test(name);
/** Nothing but these groups, as web and worker have them. */
const only = ({ shape }: { shape: Record<string, z.ZodType> }) =>
  z.object(Object.fromEntries(Object.entries(shape).filter(([name]) => ofGroups(name))));

test.each(halves)('%s: the process does not start, and the doctor names what is missing', (_title, env, missing) => {
  const told: string[] = [];
  for (const schema of [only(webSchema), only(workerSchema)]) {
    try {
      readSettings(schema, env);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      told.push(...error.settings.map(({ name }) => name));
      expect(error.message).toContain(`${missing[0]} is missing beside `);
    }
  }
  // The worker has no sign-in of staff.
  expect([...new Set(told)]).toEqual(missing);
  const { bad, lines } = readPart('application', env);
  expect([...bad].filter(ofGroups)).toEqual(missing);
  expect(lines.join('\n')).toMatch(new RegExp(`FAULT +${missing[0]} .*is missing beside`));
});

test('all of a group, or nothing of it, is no fault', () => {
  for (const env of [everything, {}]) {
    expect(Object.keys(readSettings(only(webSchema), env))).toEqual(expect.arrayContaining(Object.keys(env)));
    expect([...readPart('application', env).bad].filter(ofGroups)).toEqual([]);
    expect([...readPart('gate', env).bad].filter(ofGroups)).toEqual([]);
  }
  expect(Object.keys(parts.application.shape)).toEqual(expect.arrayContaining(Object.keys(everything)));
});
