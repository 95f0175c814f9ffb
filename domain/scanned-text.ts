/**
 * What a scanner that acts as a keyboard makes of a code: it presses the keys of one layout, and the computer reads them
 * by another, or by an input method. The reading that a signature confirms is the right one, so every likely one is offered.
 */

/** What Chinese input methods write for the punctuation of base45. NFKC has made the full-width ones plain before. */
const chinese: Record<string, string> = {
  '。': '.',
  '￥': '$',
  '¥': '$',
  '、': '/',
  '；': ':',
  ';': ':',
  '×': '*',
  '－': '-',
  '—': '-',
};

/** A scanner set to US keys at a computer set to German ones: what is written, and what was meant. */
const german: Record<string, string> = { Y: 'Z', Z: 'Y', ß: '-', '-': '/', Ö: ':', '(': '*', '`': '+' };

/** Plain capitals, without the scanner's line end. Never trims: a space is a digit of base45. */
function plain(text: string): string {
  const half = exchange(exchange(text, chinese).normalize('NFKC'), chinese);
  // ẞ would become SS.
  return half
    .replace(/[\r\n\t]+$/, '')
    .replaceAll('ß', '\u0000')
    .toUpperCase()
    .replaceAll('\u0000', 'ß');
}

const exchange = (text: string, pairs: Record<string, string>): string =>
  [...text].map((character) => pairs[character] ?? character).join('');

/**
 * The likely readings of a scanned text, the likeliest first. What stands before the last `XM1:` was left in the field: the end of
 * a scan that pressed Enter too early, a word that was searched for, or the same code, scanned twice.
 */
export function readingsOf(text: string): string[] {
  const whole = plain(text);
  const usual = whole.slice(Math.max(whole.lastIndexOf('XM1:'), 0));
  const other = exchange(usual, german);
  return other === usual ? [usual] : [usual, other];
}

/** A shown pass has 145 characters of base45 and more; a page's address has letters that it lacks. */
const shortest = 60;
const base45 = /^[0-9A-Z $%*+\-./:]$/;
const mostForeign = 0.1;

/** Whether a text that is no pass looks like one that was damaged on its way: it says nothing of whose it is. */
export function looksDamaged(text: string): boolean {
  const characters = [...plain(text)];
  if (/^.{0,2}M1:/.test(characters.join(''))) return true;
  const foreign = characters.filter((character) => !base45.test(character)).length;
  return characters.length >= shortest && foreign <= characters.length * mostForeign && !/^HTTPS?:/.test(plain(text));
}
