import { randomBytes } from 'node:crypto';

/** The lines of `.env`, from which `docker-compose.yml` takes what differs from office to office. */

/** `made`: begins with a value. `asked`: begins empty, and nothing starts without it. `free`: may stay empty. */
export interface EnvEntry {
  name: string;
  kind: 'made' | 'asked' | 'free';
  value: string;
}

export interface EnvGroup {
  title: string;
  entries: EnvEntry[];
}

/** What is known before a file is written. */
export interface Office {
  /** As people type it, with a port where it is not 443. */
  host: string;
  /** What the proxy shows: `internal`, an address for certificates by ACME, or a certificate and its key, with a space between. */
  tls: string;
  gate: string;
  accounts: { web: string; worker: string; gate: string; door: string; backup: string };
}

export function envGroups({ host, tls, gate, accounts }: Office): EnvGroup[] {
  const [name = '', port = '443'] = host.split(':');
  return [
    group(
      'The public address: what people type, and how its certificate is had (internal, an address for ACME, or two files)',
      [
        made('PUBLIC_HOST', name),
        made('PUBLIC_URL', `https://${host}`),
        made('HTTPS_PORT', port),
        made('HTTP_PORT', port === '443' ? '80' : '8080'),
        made('PROXY_TLS', tls),
        free('SECURITY_CONTACT'),
      ],
    ),
    group(
      'Made here: whoever knows one of these opens a door. A database keeps its password until "database" has run again',
      [
        secret('POSTGRES_PASSWORD'),
        secret('OWNER_PASSWORD'),
        secret('APPLICATION_PASSWORD'),
        secret('ENGINE_PASSWORD'),
      ],
    ),
    group('The accounts of this machine that own the key folders and run the processes, user:group', [
      made('WEB_ACCOUNT', accounts.web),
      made('WORKER_ACCOUNT', accounts.worker),
      made('DOOR_ACCOUNT', accounts.door),
      made('GATE_ACCOUNT', accounts.gate),
      made('BACKUP_ACCOUNT', accounts.backup),
      made('GATE_ID', gate),
    ]),
    group(
      'Backups: time of day (Asia/Shanghai), how many stay. Keep the passphrase elsewhere too, or they are worthless',
      [made('BACKUP_AT', '02:30'), made('BACKUP_KEEP', '14'), secret('BACKUP_PASSPHRASE')],
    ),
    group('The official account. WECHAT_TOKEN and WECHAT_AES_KEY were made here: enter them there', [
      secret('WECHAT_TOKEN', 24),
      made('WECHAT_AES_KEY', randomBytes(32).toString('base64').slice(0, 43)),
      asked('WECHAT_APP_ID'),
      asked('WECHAT_APP_SECRET'),
      asked('WECHAT_TEMPLATES'),
      free('WECHAT_API_URL'),
      free('WECHAT_OPEN_URL'),
    ]),
    group('Fees by WeChat Pay: the merchant account, or nothing. Keys as texts, with \\n for the ends of lines', [
      free('WECHAT_PAY_URL'),
      free('WECHAT_PAY_MERCHANT_ID'),
      free('WECHAT_PAY_SERIAL'),
      free('WECHAT_PAY_KEY'),
      free('WECHAT_PAY_API_V3_KEY'),
      free('WECHAT_PAY_PUBLIC_KEY_ID'),
      free('WECHAT_PAY_PUBLIC_KEY'),
      free('WECHAT_PAY_CERTIFICATES'),
    ]),
    group('Text messages. The end of the address for receipts was made here', [
      asked('SMS_SECRET_ID'),
      asked('SMS_SECRET_KEY'),
      asked('SMS_APP_ID'),
      asked('SMS_SIGN_NAME'),
      asked('SMS_TEMPLATES'),
      free('SMS_TEMPLATES_ABROAD'),
      secret('SMS_RECEIPT_KEY'),
      free('SMS_ENDPOINT'),
      free('SMS_REGION'),
    ]),
    group('Mail to staff: both or neither. The token of delivery reports was made here', [
      free('SMTP_URL'),
      free('MAIL_FROM'),
      secret('MAIL_BOUNCE_TOKEN'),
    ]),
    group('Messages to staff in 企业微信: the first five or none. Token and key come from its own pages', [
      free('WECOM_CORP_ID'),
      free('WECOM_AGENT_ID'),
      free('WECOM_SECRET'),
      free('WECOM_TOKEN'),
      free('WECOM_AES_KEY'),
      free('WECOM_API_URL'),
    ]),
    group('Messages to staff in 飞书: the first four or none', [
      free('FEISHU_APP_ID'),
      free('FEISHU_APP_SECRET'),
      free('FEISHU_ENCRYPT_KEY'),
      free('FEISHU_VERIFICATION_TOKEN'),
      free('FEISHU_API_URL'),
    ]),
    group('Messages to staff in 钉钉: the first four or none. DINGTALK_CARD_SECRET is of your own making', [
      free('DINGTALK_APP_KEY'),
      free('DINGTALK_APP_SECRET'),
      free('DINGTALK_CARD_TEMPLATE'),
      free('DINGTALK_CARD_SECRET'),
      free('DINGTALK_API_URL'),
    ]),
    group('Staff, and the sign-in of the university', [
      free('STAFF_SECOND_FACTOR'),
      free('OIDC_ISSUER'),
      free('OIDC_CLIENT_ID'),
      free('OIDC_CLIENT_SECRET'),
      free('OIDC_ACCOUNT_CLAIM'),
      free('OIDC_MULTI_FACTOR_ACR'),
      free('CAS_URL'),
      free('CAS_MULTI_FACTOR'),
    ]),
    group('Networks inside the university where web hooks may go', [free('WEBHOOK_NETWORKS')]),
    group('How it runs', [made('LOG_LEVEL', 'info'), free('WORKER_DEPLOYMENT'), free('OTEL_EXPORTER_OTLP_ENDPOINT')]),
  ];
}

const group = (title: string, entries: EnvEntry[]): EnvGroup => ({ title, entries });
const made = (name: string, value: string): EnvEntry => ({ name, kind: 'made', value });
const asked = (name: string): EnvEntry => ({ name, kind: 'asked', value: '' });
const free = (name: string): EnvEntry => ({ name, kind: 'free', value: '' });
/** Fit for an address, since passwords stand in addresses of databases. */
const secret = (name: string, bytes = 32): EnvEntry => made(name, randomBytes(bytes).toString('base64url'));
