/** Settings that do nothing without one another: an office that sets some of them is told which one is missing. */

/** All of them, or none. */
const whole = [
  ['SMTP_URL', 'MAIL_FROM'],
  ['WECOM_CORP_ID', 'WECOM_AGENT_ID', 'WECOM_SECRET', 'WECOM_TOKEN', 'WECOM_AES_KEY'],
  ['FEISHU_APP_ID', 'FEISHU_APP_SECRET', 'FEISHU_ENCRYPT_KEY', 'FEISHU_VERIFICATION_TOKEN'],
  ['DINGTALK_APP_KEY', 'DINGTALK_APP_SECRET', 'DINGTALK_CARD_TEMPLATE', 'DINGTALK_CARD_SECRET'],
  ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'],
  ['TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'],
  ['DOOR_TLS_CERT', 'DOOR_TLS_KEY'],
];

/** The first asks for one of the others; the one that is named when none is there comes first. */
const collectors = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_TRACES_EXPORTER'];
const beside: [string, string[]][] = [
  ['TEMPORAL_TLS_CERT', ['TEMPORAL_TLS']],
  ['TEMPORAL_TLS_CA', ['TEMPORAL_TLS']],
  ['OIDC_ACCOUNT_CLAIM', ['OIDC_ISSUER']],
  ['OIDC_MULTI_FACTOR_ACR', ['OIDC_ISSUER']],
  ['CAS_MULTI_FACTOR', ['CAS_URL']],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', collectors],
  ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', collectors],
  ['OTEL_TRACES_SAMPLER', collectors],
  ['OTEL_TRACES_SAMPLER_ARG', ['OTEL_TRACES_SAMPLER']],
];

/**
 * @param known names that the part has at all: one that reads a single partner is asked for nothing else
 * @param found settings as they were read
 * @returns a sentence for each that is missing, without its name
 */
export function halfSet(known: readonly string[], found: Record<string, unknown>): { name: string; problem: string }[] {
  const isSet = (name: string): boolean => {
    const value = found[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  };
  const missing = new Map<string, string>();
  const wants = (name: string, because: string) => {
    if (!missing.has(name)) missing.set(name, `is missing beside ${because}`);
  };
  for (const group of whole.filter((names) => names.every((name) => known.includes(name)))) {
    const set = group.find(isSet);
    if (set) for (const name of group) if (!isSet(name)) wants(name, set);
  }
  for (const [name, others] of beside) {
    const [first] = others;
    if (first && isSet(name) && known.includes(first) && !others.some(isSet)) wants(first, name);
  }
  return [...missing].map(([name, problem]) => ({ name, problem }));
}
