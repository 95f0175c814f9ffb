import { Router } from 'express';
import type { PayAccount } from './account.ts';
import { type Call, done } from './call.ts';
import { shanghaiTime } from './clock.ts';
import { seal } from './seal.ts';

/** WeChat Pay's own certificates, encrypted for the merchant: the present one, and the next ahead of its time. */
export function certificateRoutes(account: PayAccount, call: Call): Router {
  const router = Router();
  router.get(
    '/v3/certificates',
    call(undefined, () => {
      account.fetched += 1;
      return done({
        data: account.certificates.map(({ serial, pem }) => ({
          serial_no: serial,
          effective_time: shanghaiTime(new Date(Date.now() - 24 * 3600_000)),
          expire_time: shanghaiTime(new Date(Date.now() + 364 * 24 * 3600_000)),
          encrypt_certificate: seal(account.apiKey, pem, 'certificate'),
        })),
      });
    }),
  );
  return router;
}
