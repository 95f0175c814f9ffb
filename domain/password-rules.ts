/**
 * What a password of staff must be, by NIST SP 800-63B-4 and OWASP ASVS 5.0: long, and none that is tried first. No rule says
 * which kinds of signs it is made of, and none ends with time.
 */

/** In code points, after NFKC. */
export const leastPasswordLength = 12;
export const mostPasswordLength = 128;

export type PasswordProblem = 'empty' | 'short' | 'long' | 'characters' | 'common' | 'own_name';

/** What is tried first, of twelve signs and more; each also with a few digits or signs behind it. */
const common = [
  'administrator',
  'adminadminadmin',
  'changemeplease',
  'correct horse battery staple',
  'correcthorsebatterystaple',
  'iloveyouforever',
  'letmeinplease',
  'passwordpassword',
  'password',
  'passw0rd',
  'p@ssw0rd',
  'p@ssword',
  'qwertyuiop',
  'qwertyuiopasdfghjkl',
  'qazwsxedcrfv',
  '1qaz2wsx3edc',
  'zaq12wsxcde3',
  'q1w2e3r4t5y6',
  '1q2w3e4r5t6y',
  'welcome',
  'woaini',
  'woaini1314',
  'woaini5201314',
  'xiaomen',
  'university',
  'mima',
  'guanliyuan',
  'abc123abc123',
  'admin',
  'letmein',
  'iloveyou',
  'sunshine',
  'football',
  'baseball',
  'princess',
  'dragon',
  'monkey',
  'master',
  'qwerty',
  'asdfghjkl',
  'zxcvbnm',
  'computer',
  'internet',
  'visitor',
  'campus',
  'security',
];
/** Rows of keys and of the alphabet, walked in either direction. */
const walks = ['01234567890123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm'];

/** @param own names of the account, which nobody has to guess: the user name, and the name as others see it */
export function findPasswordProblem(password: string, own: string[]): PasswordProblem | undefined {
  const text = password.normalize('NFKC');
  if (text === '') return 'empty';
  if (/[\p{Cc}\p{Cs}\ufffd]/u.test(text)) return 'characters';
  const { length } = [...text];
  if (length > mostPasswordLength) return 'long';
  if (length < leastPasswordLength) return 'short';
  const plain = text.toLowerCase();
  // Three signs of a name may stand in any word; a name that is all there is left does not protect.
  if (own.some((name) => isMostly(plain, name.normalize('NFKC').toLowerCase()))) return 'own_name';
  return isCommon(plain) ? 'common' : undefined;
}

/** With the name taken out, too little is left to be guessed. */
function isMostly(text: string, name: string): boolean {
  if ([...name].length < 2 || !text.includes(name)) return false;
  return [...text.replaceAll(name, '')].length < leastPasswordLength - 2;
}

function isCommon(text: string): boolean {
  if (new Set(text).size < 4 || isRepeated(text) || isWalk(text)) return true;
  // "Password2026!" is "password", and "123password" too.
  const bare = text.replace(/^[\d\p{P}\p{S}\s]+|[\d\p{P}\p{S}\s]+$/gu, '');
  return common.some((one) => text === one || (bare === one && [...text].length - [...one].length <= 8));
}

/** One part again and again, as in "abcabcabcabc". */
function isRepeated(text: string): boolean {
  return /^(.{1,6}?)\1+.{0,5}$/su.test(text) && new Set(text).size <= 6;
}

function isWalk(text: string): boolean {
  return walks.some((walk) => {
    const back = [...walk].reverse().join('');
    return walk.includes(text) || back.includes(text);
  });
}
