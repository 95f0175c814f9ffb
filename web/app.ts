import compression from 'compression';
import express, { type Express } from 'express';
import { accountRoutes } from './account/routes.ts';
import { apiKeyRoutes } from './admin/api-keys/routes.ts';
import { contentRoutes } from './admin/content/routes.ts';
import { gateEnrolmentRoutes } from './admin/gate-enrolment/routes.ts';
import { paymentAdminRoutes } from './admin/payments/routes.ts';
import { policyRoutes } from './admin/policies/routes.ts';
import { adminRoutes } from './admin/routes.ts';
import { staffAdminRoutes } from './admin/staff/routes.ts';
import { webhookRoutes } from './admin/webhooks/routes.ts';
import { referenceRoutes } from './api/reference.ts';
import { apiRoutes } from './api/routes.ts';
import { assetRoutes } from './assets.ts';
import { bodies } from './bodies.ts';
import { care, careRoutes } from './care/routes.ts';
import { codecRoutes } from './codec/routes.ts';
import { companionRoutes } from './companions/routes.ts';
import { consentRoutes } from './consent/routes.ts';
import { departureRoutes } from './departures/routes.ts';
import { byIds, type WebDeps } from './deps.ts';
import { evidenceRoutes } from './evidence/routes.ts';
import { cashRoutes } from './gates/cash.ts';
import { emergencyRoutes } from './gates/emergencies.ts';
import { enrolmentRoutes } from './gates/enrolments.ts';
import { refusalRoutes } from './gates/refusals.ts';
import { feedRoutes } from './gates/routes.ts';
import { guardianRoutes } from './guardians/routes.ts';
import { guideRoutes } from './guides/routes.ts';
import { heldByOthersRoutes } from './held-by-others/routes.ts';
import { homeRoutes } from './home/routes.ts';
import { inboxRoutes } from './inbox/routes.ts';
import { keepForms } from './kept-form/keeping.ts';
import { languageRoutes } from './language/routes.ts';
import { logoRoutes } from './logo.ts';
import { bounceRoutes } from './mail/bounces.ts';
import { messengerRoutes } from './messengers/routes.ts';
import { errorPage, nothingHere } from './middleware/errors.ts';
import { house } from './middleware/house.ts';
import { language } from './middleware/language.ts';
import { pageRelease } from './middleware/page-release.ts';
import { requestId } from './middleware/request-id.ts';
import { requestLog } from './middleware/request-log.ts';
import { requestTrace } from './middleware/request-trace.ts';
import { sameOrigin } from './middleware/same-origin.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { sessionOf } from './middleware/sessions.ts';
import { noticeRoutes } from './notices/routes.ts';
import { ownDataRoutes } from './own-data/routes.ts';
import { passRoutes } from './passes/routes.ts';
import { payNoticeRoutes } from './payment/notices.ts';
import { paymentRoutes } from './payment/routes.ts';
import { photoRoutes } from './photos/routes.ts';
import { profileRoutes } from './profile/routes.ts';
import { registerRoutes } from './register/routes.ts';
import { invitedRoutes } from './reservations/invited.ts';
import { reservationRoutes } from './reservations/routes.ts';
import { scimRoutes } from './scim/routes.ts';
import { securityRoutes } from './security/routes.ts';
import { securityContactRoutes } from './security-contact.ts';
import { smsReceiptRoutes } from './sms/receipts.ts';
import { dueFirst } from './staff/due.ts';
import { staffSide } from './staff/guard.ts';
import { staffRoutes } from './staff/routes.ts';
import { casLogoutRoutes } from './staff/university/cas-logout.ts';
import { staffContactRoutes } from './staff-contact/routes.ts';
import { standingInRoutes } from './standing-in/routes.ts';
import { taskLinkRoutes } from './task-link/routes.ts';
import { temporalUiRoutes } from './temporal-ui/routes.ts';
import { untilKeysFit } from './until-keys-fit.ts';
import { useViews } from './views.ts';
import { knowVisitor, visitorSide } from './visitor/guard.ts';
import { bindingRoutes } from './wechat/binding.ts';
import { wechatCallbackRoutes, wechatRoutes } from './wechat/routes.ts';

/** Paths that partners call with a signature of their own. */
const partners = ['/wechat/callback'];
/** Staff pages; everything else belongs to visitors. */
const staffPaths = ['/staff', '/inbox', '/security', '/admin', '/codec'];

/** The whole of `web` as one Express application, from what it leans on. */
export function createWeb(deps: WebDeps): Express {
  const { settings, db, log } = deps;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  // Never a stack in a browser, not even when the error page itself fails.
  app.set('env', 'production');
  app.set('query parser', 'simple');
  app.set('trust proxy', settings.TRUSTED_PROXIES.length > 0 ? settings.TRUSTED_PROXIES : false);
  useViews(app);

  app.use(requestId, requestLog(log, deps.mark), ...requestTrace(), securityHeaders(settings.PUBLIC_URL));
  app.use(assetRoutes(db), logoRoutes(db), securityContactRoutes(deps));
  app.use(untilKeysFit(deps));
  // Machines: gates and partners; no session, no language.
  app.use(
    feedRoutes(deps),
    enrolmentRoutes(deps),
    cashRoutes(deps),
    refusalRoutes(deps),
    emergencyRoutes(deps),
    wechatCallbackRoutes(deps),
    payNoticeRoutes(deps),
    messengerRoutes(byIds(deps)),
    bounceRoutes(deps),
    smsReceiptRoutes(deps),
    casLogoutRoutes(deps),
    scimRoutes(deps),
    apiRoutes(deps),
  );

  app.use(compression());
  app.use(language(settings.PUBLIC_URL), care(settings.PUBLIC_URL), sameOrigin(settings.PUBLIC_URL, partners));
  app.use(house(db), (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  app.use(pageRelease(deps.release));
  const [staff, visitor] = [sessionOf('staff', deps), [sessionOf('visitor', deps), knowVisitor(deps)]];
  app.use(staffPaths, staff);
  app.use(bodies(deps, visitor));
  app.use(languageRoutes(settings.PUBLIC_URL), careRoutes(settings.PUBLIC_URL), taskLinkRoutes(byIds(deps)));

  app.use(staffPaths, keepForms(deps, staffSide), dueFirst(deps));
  app.use(
    staffRoutes(deps),
    inboxRoutes(deps),
    securityRoutes(deps),
    evidenceRoutes(deps),
    departureRoutes(deps),
    codecRoutes(deps),
    temporalUiRoutes(deps),
    staffAdminRoutes(deps),
    paymentAdminRoutes(deps),
    adminRoutes(deps),
  );
  app.use(
    contentRoutes(deps),
    gateEnrolmentRoutes(deps),
    policyRoutes(deps),
    apiKeyRoutes(deps),
    webhookRoutes(deps),
    staffContactRoutes(deps),
    standingInRoutes(deps),
  );

  app.use(visitor, keepForms(deps, visitorSide));
  // The most requested routers come first: every router before the right one costs time.
  app.use(homeRoutes(deps), reservationRoutes(deps), passRoutes(deps), registerRoutes(deps), profileRoutes(deps));
  app.use(
    photoRoutes(deps),
    accountRoutes(deps),
    ownDataRoutes(deps),
    heldByOthersRoutes(deps),
    companionRoutes(deps),
    guardianRoutes(deps),
    paymentRoutes(deps),
    invitedRoutes(deps),
    consentRoutes(deps),
    noticeRoutes(deps),
    guideRoutes(deps),
    referenceRoutes(deps),
    wechatRoutes(deps),
    bindingRoutes(deps),
  );

  app.use(nothingHere, errorPage(deps));
  return app;
}
