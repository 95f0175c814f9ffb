import { XMLParser } from 'fast-xml-parser';

/** XML that partners send: elements and their texts. No entities, no DTD, no comments, no nesting worth the name. */

const longest = 64 * 1024;

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: false,
  htmlEntities: false,
  maxNestedTags: 8,
});

/** By the root's name, without prefixes of namespaces; elements that repeat become an array. Undefined: it is no such document. */
export function readXml(text: string): Record<string, unknown> | undefined {
  if (text.length > longest || /<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION|--)/i.test(text)) return undefined;
  try {
    const document: unknown = parser.parse(text, true);
    return isElement(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** With elements inside. */
export function isElement(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
