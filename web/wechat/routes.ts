export { wechatCallbackRoutes } from './callback.ts';
export { oauthRoutes as wechatRoutes } from './oauth.ts';
export { forgetPerson, pendingBack, pendingOpenid } from './session.ts';
