import { XMLParser } from 'fast-xml-parser';

/** The flat XML of WeChat's callbacks. No entities, no DTD, no nesting worth the name. */

const longest = 64 * 1024;

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  processEntities: false,
  htmlEntities: false,
  maxNestedTags: 8,
});

/** The text elements directly below `<xml>`; undefined for anything that is not such a document. */
export function readFlatXml(text: string): Map<string, string> | undefined {
  if (text.length > longest || /<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i.test(text)) return undefined;
  let document: unknown;
  try {
    document = parser.parse(text, true);
  } catch {
    return undefined;
  }
  const root = isObject(document) ? document.xml : undefined;
  if (!isObject(root)) return undefined;
  const elements = new Map<string, string>();
  for (const [name, value] of Object.entries(root)) if (typeof value === 'string') elements.set(name, value);
  return elements;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
