/**
 * Cookies ignore ports, so visitor, staff and gate sessions are named apart: one browser can hold all three.
 * The `__Host-` prefix (https only) ties a cookie to exactly this host.
 */
export type CookieUse = 'visitor' | 'staff' | 'language' | 'care' | 'link';

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

/** What a browser sent under a name, as it stands. */
export function readCookie(cookies: string | undefined, name: string): string | undefined {
  const found = cookies?.split(/; */).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
