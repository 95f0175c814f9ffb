import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import type { Signer } from './seal.ts';

/** The one merchant that the sandbox's WeChat Pay knows, and the keys of WeChat Pay itself. */
export interface PayAccount {
  merchantId: string;
  appId: string;
  /** Of the merchant's certificate, and the key in it. */
  serial: string;
  merchantKey: KeyObject;
  apiKey: string;
  publicKeyId: string | undefined;
  /** Oldest first; the merchant can fetch all of them. */
  certificates: Certificate[];
  /** How often they were fetched. */
  fetched: number;
  /** By the serial that the merchant asks for; any other: the certificate in use. */
  signer(serial: string | undefined): Signer;
  /** Somebody who is not WeChat Pay. */
  stranger(serial: string): Signer;
  /** One more certificate beside the others. */
  addCertificate(): void;
  /** The newest signs from now on. */
  useNewest(): void;
}

/** Undefined: the settings have no merchant, or not WeChat Pay's own key. */
export function createPayAccount(settings: SandboxSettings): PayAccount | undefined {
  const { WECHAT_PAY_MERCHANT_ID: merchantId, WECHAT_PAY_SERIAL: serial, WECHAT_PAY_KEY: merchantPem } = settings;
  const { WECHAT_PAY_API_V3_KEY: apiKey, WECHAT_PAY_PUBLIC_KEY_ID: publicKeyId, SANDBOX_PAY_KEY: pem } = settings;
  if (!merchantId || !serial || !merchantPem || !apiKey || !pem) return undefined;
  const key = createPrivateKey(pem);
  const first = makeCertificate(key);
  let current: Signer = { serial: first.serial, key };
  let other: KeyObject | undefined;
  const account: PayAccount = {
    merchantId,
    appId: settings.WECHAT_APP_ID,
    serial,
    merchantKey: createPublicKey(merchantPem),
    apiKey,
    publicKeyId,
    certificates: [first],
    fetched: 0,
    signer: (asked) => (publicKeyId !== undefined && asked === publicKeyId ? { serial: publicKeyId, key } : current),
    stranger(name) {
      other ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
      return { serial: name, key: other };
    },
    addCertificate: () => void account.certificates.push(makeCertificate(key)),
    useNewest() {
      current = { serial: (account.certificates.at(-1) ?? first).serial, key };
    },
  };
  return account;
}
