import { json, type Request, type Response, Router, urlencoded } from 'express';
import { z } from 'zod';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Memory, PayOrder } from '../memory.ts';
import { cashierPage, noCashierPage, paidPage } from '../pages/cashier.ts';
import { type Cashier, payActs } from './paying.ts';

const actShape = z.object({ act: z.enum(payActs), openid: z.string().optional() });

/**
 * Where people pay: from a browser (`h5_url`, with `redirect_url` back), from a QR code, or from the merchant's own page
 * inside WeChat. There it is `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`, for which `/pay/bridge.js` stands in: it leads here.
 */
export function cashierRoutes(settings: SandboxSettings, memory: Memory, cashier: Cashier): Router {
  const router = Router();
  const home = (): string => new URL(settings.PUBLIC_URL).origin;

  router.get('/pay/h5', (request, response) => {
    const order = cashier.find(String(request.query.prepay_id ?? ''));
    if (order?.method !== 'h5') return void response.status(404).send(noCashierPage('支付请求已失效，请重新发起支付'));
    // WeChat Pay looks at the page that one comes from: it has to be of the address that the merchant registered.
    if (!comesFrom(request, home())) {
      return void response
        .status(403)
        .send(noCashierPage('商家存在未配置的参数，请联系商家解决（Referer 不是商家登记的域名）'));
    }
    show(request, response, order);
  });

  router.get('/pay/code/:prepay', (request, response) => {
    const order = cashier.find(request.params.prepay);
    if (order?.method !== 'native') return void response.status(404).send(noCashierPage('二维码已失效'));
    show(request, response, order);
  });

  router.get('/pay/bridge', (request, response) => {
    const order = cashier.ofBridge(request.query);
    if (!order) return void response.status(403).send(noCashierPage('支付验证签名失败'));
    show(request, response, order);
  });
  /** The same as the bridge has it: what it is given, and what it says. */
  router.post('/pay/bridge', json({ limit: '8kb' }), (request, response) => {
    const order = cashier.ofBridge(request.body);
    const parsed = actShape.safeParse(request.body);
    const result = order && parsed.success ? cashier.act(order, parsed.data.act) : 'fail';
    response.json({ err_msg: `get_brand_wcpay_request:${result === 'gone' ? 'fail' : result}` });
  });
  router.get('/pay/bridge.js', (request, response) => {
    response.type('text/javascript').send(bridgeScript(`http://${request.headers.host}/pay/bridge`));
  });

  function show(request: Request, response: Response, order: PayOrder): void {
    if (order.state !== 'NOTPAY') return void response.send(paidPage('gone', backOf(request)));
    const back = backOf(request);
    const action = `/pay/cashier/${order.prepay}${back ? `?redirect_url=${encodeURIComponent(back)}` : ''}`;
    const people = [...memory.people.values()].filter(({ openid }) => !order.openid || openid === order.openid);
    response.send(cashierPage(order, people, action, settings.SMS_SIGN_NAME));
  }

  router.post('/pay/cashier/:prepay', urlencoded({ extended: false, limit: '8kb' }), (request, response) => {
    const order = cashier.find(String(request.params.prepay));
    const parsed = actShape.safeParse(request.body);
    if (!order || !parsed.success) return void response.status(404).send(noCashierPage('支付请求已失效'));
    const result = cashier.act(order, parsed.data.act, parsed.data.openid);
    const back = backOf(request);
    if (back && result !== 'fail') response.redirect(303, back);
    else response.send(paidPage(result, back));
  });

  /** Only to the site that the merchant registered. */
  function backOf(request: Request): string | undefined {
    const given = request.query.redirect_url;
    return typeof given === 'string' && URL.canParse(given) && new URL(given).origin === home() ? given : undefined;
  }
  return router;
}

function comesFrom(request: Request, origin: string): boolean {
  const { referer } = request.headers;
  return referer !== undefined && URL.canParse(referer) && new URL(referer).origin === origin;
}

const bridgeScript = (address: string): string => `window.WeixinJSBridge = {
  invoke(name, call, done) {
    if (name !== 'getBrandWCPayRequest') return done({ err_msg: 'system:function_not_exist' });
    location.assign(${JSON.stringify(address)} + '?' + new URLSearchParams({ ...call, redirect_url: location.href }));
  },
};
document.dispatchEvent(new Event('WeixinJSBridgeReady'));
`;
