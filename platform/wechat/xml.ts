import { isElement, readXml } from '../xml.ts';

/** The flat XML of WeChat's callbacks. */

/** The text elements directly below `<xml>`; undefined for anything that is not such a document. */
export function readFlatXml(text: string): Map<string, string> | undefined {
  const root = readXml(text)?.xml;
  if (!isElement(root)) return undefined;
  const elements = new Map<string, string>();
  for (const [name, value] of Object.entries(root)) if (typeof value === 'string') elements.set(name, value);
  return elements;
}
