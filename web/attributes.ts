import ejs from 'ejs';

/** ` name="value"` for each attribute that has a value: HTML, for the inside of a tag. */
export const attributesOf = (attributes: Record<string, string | number | undefined>): string =>
  Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => ` ${name}="${ejs.escapeXML(String(value))}"`)
    .join('');
