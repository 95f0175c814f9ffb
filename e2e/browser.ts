import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** A phone of the size that the pages are drawn for. */
const phoneScreen = { width: 390, height: 844 };
const deskScreen = { width: 1280, height: 900 };
const tabletScreen = { width: 820, height: 1180 };

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * What this Chromium leaves out. The first are Playwright's own: a second list would stand in place of its first one. The last are
 * pages that each new window would load for its address bar, twice the work of the window itself.
 */
const leftOut = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',

  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
];

/**
 * Chromium without a voice of its own: it calls nobody and updates nothing.
 * @param more arguments, for example a film before its camera
 */
export async function openBrowser(more: string[] = []): Promise<Browser> {
  const executablePath = process.env.XIAOMEN_BROWSER ?? usual.find((path) => existsSync(path));
  if (!executablePath)
    throw new Error('No Chromium is at hand: run "npm test", which gets one, or set XIAOMEN_BROWSER.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
      `--disable-features=${leftOut.join(',')}`,
      ...more,
    ],
  });
}

export interface Screen {
  page: Page;
  context: BrowserContext;
  close(): Promise<void>;
}

export interface ScreenOptions {
  javaScript?: boolean;
  /** What the browser asks for in Accept-Language. */
  language?: 'zh-CN' | 'en';
  /** The phone is set to dark colours. */
  dark?: boolean;
  /** Shows itself as WeChat's own browser does. */
  wechat?: boolean;
  /** Shows itself as a phone's own browser does; else it has a phone's screen and says that it is a desktop's. */
  mobile?: boolean;
  /** What turns and slides does so; else the phone asks for less motion, which an open page would draw sixty times a second. */
  moving?: boolean;
}

const mobileAgent =
  'Mozilla/5.0 (Linux; Android 15; Phone) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36';
const wechatAgent =
  'Mozilla/5.0 (Linux; Android 15; Phone) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.60 NetType/WIFI Language/zh_CN';

/** A phone in somebody's hand: cookies of its own, Chinese unless said otherwise. */
export async function openPhone(browser: Browser, options: ScreenOptions = {}): Promise<Screen> {
  return openScreen(browser, { viewport: phoneScreen, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }, options);
}

/** A desk with a wide screen, for staff. */
export async function openDesk(browser: Browser, options: ScreenOptions = {}): Promise<Screen> {
  return openScreen(browser, { viewport: deskScreen }, options);
}

/** A tablet in a guard's hand, standing unless it lies. */
export async function openTablet(browser: Browser, options: ScreenOptions & { lying?: boolean } = {}): Promise<Screen> {
  const { width, height } = tabletScreen;
  const viewport = options.lying ? { width: height, height: width } : tabletScreen;
  return openScreen(browser, { viewport, hasTouch: true }, options);
}

async function openScreen(browser: Browser, shape: object, options: ScreenOptions): Promise<Screen> {
  const context = await browser.newContext({
    ...shape,
    locale: options.language ?? 'zh-CN',
    timezoneId: 'America/New_York',
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: options.moving ? 'no-preference' : 'reduce',
    javaScriptEnabled: options.javaScript ?? true,
    ...(options.wechat ? { userAgent: wechatAgent } : options.mobile ? { userAgent: mobileAgent } : {}),
  });
  context.setDefaultTimeout(30_000);
  return { page: await context.newPage(), context, close: () => context.close() };
}

/** Rules that axe leaves off by itself: the order of the focus, names, headings, tables, the size of targets. */
const more = Object.fromEntries(
  [
    'focus-order-semantics',
    'label-content-name-mismatch',
    'p-as-heading',
    'table-fake-caption',
    'td-has-header',
    'target-size',
  ].map((rule) => [rule, { enabled: true }]),
);

/**
 * What axe finds wrong with the page as it stands, one line a finding; empty is right. With JavaScript off there is
 * no way to ask: those pages are the same as with it on.
 */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Scrolled, a header that stays lies over what is below it: its targets would count as cut.
  await page.evaluate('scrollTo(0, 0)');
  // No page has frames: axe need not open another page to put their findings together.
  // What axe found right is not told: it would be every element of the page.
  const asked = { rules: more, resultTypes: ['violations' as const] };
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().options(asked).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`));
}

export interface RuleResult {
  rule: string;
  /** What axe files it under, such as `wcag143` for 1.4.3. */
  tags: string[];
  /** `incomplete`: axe could not tell, and a person has to look; `inapplicable`: nothing on the page that it is about. */
  result: 'pass' | 'violation' | 'incomplete' | 'inapplicable';
}

/** Every rule that axe has, with what became of it on the page as it stands. */
export async function accessibilityResults(page: Page): Promise<RuleResult[]> {
  await page.evaluate('scrollTo(0, 0)');
  const found = await new AxeBuilder({ page }).setLegacyMode().options({ rules: more }).analyze();
  return (
    [
      ['pass', found.passes],
      ['violation', found.violations],
      ['incomplete', found.incomplete],
      ['inapplicable', found.inapplicable],
    ] as const
  ).flatMap(([result, rules]) => rules.map(({ id, tags }) => ({ rule: id, tags, result })));
}
