/**
 * Cookies ignore ports, so visitor, staff and gate sessions are named apart: one browser can hold all three.
 * The `__Host-` prefix (https only) ties a cookie to exactly this host.
 */
export type CookieUse = 'visitor' | 'staff' | 'language';

export function cookieName(use: CookieUse, publicUrl: string): string {
  return `${isHttps(publicUrl) ? '__Host-' : ''}xiaomen-${use}`;
}

export function cookieOptions(publicUrl: string) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps(publicUrl),
  } as const;
}

const isHttps = (publicUrl: string): boolean => publicUrl.startsWith('https:');
