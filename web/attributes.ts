import ejs from 'ejs';

/** ` name="value"` for each attribute that has a value: HTML, for the inside of a tag. */
export const attributesOf = (attributes: Record<string, string | number | undefined>): string =>
  Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => ` ${name}="${ejs.escapeXML(String(value))}"`)
    .join('');

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
  /** The words are the value, and a long list says it once. */
  once?: boolean;
  /** Further attributes by name: what a script narrows the list by. */
  more?: Record<string, string | undefined>;
}

interface Drawn {
  open: string[];
  positions: Map<string, number>;
  whole: string;
}

const drawn = new WeakMap<readonly Option[], Drawn>();

/** HTML for the inside of a select. A list that stays the same array, as the countries do, is written once. */
export function optionsOf(options: readonly Option[], chosen: string | undefined): string {
  let known = drawn.get(options);
  if (!known) {
    const open = options.map((option) => draw(option, ''));
    known = { open, positions: new Map(options.map(({ value }, n) => [value, n])), whole: open.join('') };
    drawn.set(options, known);
  }
  const position = chosen === undefined ? undefined : known.positions.get(chosen);
  const option = position === undefined ? undefined : options[position];
  if (position === undefined || !option) return known.whole;
  return known.open.with(position, draw(option, ' selected')).join('');
}

const draw = ({ value, label, disabled, more, once }: Option, selected: string): string =>
  `    <option${once ? '' : ` value="${ejs.escapeXML(String(value))}"`}${more ? attributesOf(more) : ''}${selected}${disabled ? ' disabled' : ''}>${ejs.escapeXML(String(label))}</option>\n`;
