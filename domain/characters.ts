/** Characters that readers cannot tell apart, or do not see: brought into one form before a text is checked. */

/**
 * Shows nothing by itself: format characters, fillers, variation selectors, an empty Braille cell. They come along with what
 * is copied from a contact, a chat or a web page.
 */
const unseen = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Of these, what shapes its neighbours: a selector after its character, a joiner within an emoji or a word. */
const shaping = [
  /(?<=[\p{L}\p{N}\p{S}\p{M}])\p{Variation_Selector}/u,
  /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/u,
  /(?<=[\p{Script=Arabic}\p{M}])[\u200c\u200d](?=\p{L})/u,
];
const every = new RegExp(unseen, 'gu');
const shapingOrUnseen = new RegExp(`(${shaping.map(({ source }) => source).join('|')})|${unseen.source}`, 'gu');

/** For what is compared or looked up: nothing unseen is left. */
export const dropUnseen = (text: string): string => withoutPrivateUse(text).replace(every, '');

/** For what is shown: of the unseen only what shapes the seen is left. */
export const dropIdle = (text: string): string =>
  withoutPrivateUse(text).replace(shapingOrUnseen, (_, kept: string | undefined) => kept ?? '');

/**
 * Characters of GBK that had no place in Unicode stand in its private use area wherever an old input method or register
 * wrote them. GB 18030-2022 gives each of them its own: 0xFE50 to 0xFEA0, which were U+E815 to U+E864, in order.
 */
const han = [
  ...('⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱' +
    '䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻'),
];
const firstHan = 0xe815;
/** The rest of them: Latin letters and signs. */
const others: Record<string, string> = { '\ue7c7': 'ḿ', '\ue7c8': 'ǹ', '\ue76c': '€' };

const withoutPrivateUse = (text: string): string =>
  text.replace(/[\ue000-\uf8ff]/g, (one) => han[one.charCodeAt(0) - firstHan] ?? others[one] ?? one);

/** Middle dots of keyboards, card readers and fonts; the last two are full stops that stand for one between Han. */
const dots = /[·•‧・･∙⋅]|(?<=\p{Script=Han})[.．](?=\p{Script=Han})/gu;
const apostrophes = /['‘’‛`´ʼʻ′＇]/gu;
const hyphens = /[-‐‑‒–—−﹣－]/gu;
/** Circles that stand for the character 〇. */
const circles = /[○◯]/gu;

/** A name's marks, each in the one way it is kept: `·`, `’`, `-`, `〇`. */
export const unifyMarks = (text: string): string =>
  text.replace(dots, '·').replace(apostrophes, '’').replace(hyphens, '-').replace(circles, '〇');
