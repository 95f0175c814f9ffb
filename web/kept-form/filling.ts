import ejs from 'ejs';
import type { KeptBody } from '../../store/people/kept-form.ts';

/**
 * Puts what was typed back into a form of one of our own pages, as its HTML stands: views close their forms, quote their
 * attributes and escape what is between the quotes. So no form has to know that it can be kept.
 */

/** The fields of a page that belong to the moment at which it was drawn, and stay with what was typed into it. */
const drawnOnce = ['key', 'request', 'version', 'id'];
/** What a form is about. Where a page has several of one kind, it tells them apart. */
const subjects = ['person', 'for', 'party', 'campus'];

const forms = /<form\b[^>]*>[\s\S]*?<\/form>/g;
const controls = /<input\b[^>]*>|<textarea\b[^>]*>[\s\S]*?<\/textarea>|<select\b[^>]*>[\s\S]*?<\/select>/g;
const typed = /<textarea\b|<select\b|<input\b(?![^>]*type="(?:hidden|password|file)")/;

/** An attribute of a tag, as it is written there: escaped. */
const written = (tag: string, name: string): string | undefined => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
const openingOf = (element: string): string => element.slice(0, element.indexOf('>') + 1);

interface Marking {
  /** The person whom the page is drawn for. */
  mark(): string;
  /** HTML for the inside of a form, from its action as it is written there. @param isTyped whether somebody types into it */
  inside(action: string, isTyped: boolean): string;
}

/** Writes into each form that is sent by POST for whom it is drawn; into the address of one that takes a file. */
export function intoForms(html: string, { mark, inside }: Marking): string {
  return html.replace(forms, (form) => {
    const open = openingOf(form);
    const action = written(open, 'action');
    if (!action || !/method="post"/.test(open) || form.includes('name="form_owner"')) return form;
    const rest = form.slice(open.length);
    if (!/enctype=/.test(open)) return `${open}\n${inside(action, typed.test(form))}${rest}`;
    const marked = `${action}${action.includes('?') ? '&amp;' : '?'}form_owner=${mark()}`;
    return open.replace(`action="${action}"`, () => `action="${marked}"`) + rest;
  });
}

/**
 * @param action of the form, as the browser knew it
 * @param before HTML that stands above the form then
 * @returns undefined when the page has no such form any more
 */
export function fillForm(html: string, { action, body, before }: Filling): string | undefined {
  for (const { 0: form, index } of html.matchAll(forms)) {
    if (written(openingOf(form), 'action') !== ejs.escapeXML(action) || !isAbout(form, body)) continue;
    const filled = form.replace(controls, (control) => fillControl(control, body));
    return unfolded(html.slice(0, index)) + before + filled + html.slice(index + form.length);
  }
  return undefined;
}

interface Filling {
  action: string;
  body: KeptBody;
  before: string;
}

/** Every text under a name, escaped as a page writes it. */
const textsOf = (body: KeptBody, name: string): string[] =>
  (Object.hasOwn(body, name) ? [body[name] ?? []].flat() : []).map((text) => ejs.escapeXML(text));

function isAbout(form: string, body: KeptBody): boolean {
  return [...form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].every(([tag]) => {
    const name = written(tag, 'name') ?? '';
    return !subjects.includes(name) || (textsOf(body, name)[0] ?? '') === (written(tag, 'value') ?? '');
  });
}

function fillControl(control: string, body: KeptBody): string {
  const open = openingOf(control);
  const name = written(open, 'name');
  if (!name || !Object.hasOwn(body, name))
    return isTick(open) && name && !consents.includes(name) ? untick(control) : control;
  const texts = textsOf(body, name);
  if (isTick(open))
    return texts.includes(written(open, 'value') ?? 'on')
      ? open.replace(/( checked)?>$/, ' checked>')
      : untick(control);
  if (control.startsWith('<textarea')) return `${open}\n${texts[0] ?? ''}</textarea>`;
  if (control.startsWith('<select')) return chosen(control, texts[0] ?? '');
  const type = written(open, 'type');
  if (type === 'password' || type === 'file' || (type === 'hidden' && !drawnOnce.includes(name))) return control;
  return open.replace(/ value="[^"]*"|(?=>$)/, () => ` value="${texts[0] ?? ''}"`);
}

const isTick = (open: string): boolean => /\stype="(?:checkbox|radio)"/.test(open);
const untick = (control: string): string => control.replace(/ checked(?=[ >])/, '');

/** A list that does not offer it any more stays as the page draws it. */
function chosen(select: string, value: string): string {
  const option = [...select.matchAll(/<option\b[^>]*>/g)].find(([tag]) => written(tag, 'value') === value)?.[0];
  if (!option || / disabled/.test(option)) return select;
  const wanted = option.replace(' selected', '');
  return select
    .replaceAll(/(<option\b[^>]*?) selected(?=[ >])/g, '$1')
    .replace(wanted, () => `${wanted.slice(0, -1)} selected>`);
}

/** Ticks of agreement are not filled in: people agree anew. */
export const consents = ['agree', 'declared'];

/** A form that stands folded away is opened. */
function unfolded(before: string): string {
  const at = before.lastIndexOf('<details');
  if (at < 0 || before.lastIndexOf('</details>') > at) return before;
  return before.slice(0, at) + before.slice(at).replace(/^<details\b(?![^>]*\sopen)/, '<details open');
}
