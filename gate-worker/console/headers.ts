import helmet from 'helmet';

const headers = (scripts: string[]) =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': scripts,
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // Helmet's default `no-referrer` makes form posts send `Origin: null`.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });

export const securityHeaders = headers(["'self'"]);
/** For the scanning page alone: its QR reader is WebAssembly. Strings are never run. */
export const scanningHeaders = headers(["'self'", "'wasm-unsafe-eval'"]);
