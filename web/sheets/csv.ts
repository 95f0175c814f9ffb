/**
 * RFC 4180, as Excel and WPS write it: commas, semicolons or tabs; UTF-8, or GB 18030 where a Chinese Windows saved it.
 * Read here, since a reader of many formats takes any text for one of them.
 */

/** @returns lines of cells, at most so many; undefined: no text in either encoding */
export function readCsv(bytes: Buffer, mostLines: number): string[][] | undefined {
  const text = decode(bytes);
  if (text === undefined) return undefined;
  const separator = separatorOf(text);
  const lines: string[][] = [];
  let [line, cell, quoted] = [[] as string[], '', false];
  const endCell = () => {
    line.push(cell);
    cell = '';
  };
  const endLine = () => {
    endCell();
    lines.push(line);
    line = [];
  };
  for (let at = 0; at < text.length && lines.length < mostLines; at += 1) {
    const mark = text[at] as string;
    if (quoted && mark === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (quoted && mark === '"') quoted = false;
    else if (!quoted && mark === '"' && cell === '') quoted = true;
    else if (!quoted && mark === separator) endCell();
    else if (!quoted && mark === '\n') endLine();
    else if (quoted || mark !== '\r') cell += mark;
  }
  if (lines.length < mostLines && (cell !== '' || line.length > 0)) endLine();
  return lines;
}

function decode(bytes: Buffer): string | undefined {
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // Perhaps the other.
    }
  }
  return undefined;
}

/** The separator: the one that the headings are parted by. */
function separatorOf(text: string): string {
  const [headings = ''] = text.split('\n', 1);
  const count = (mark: string) => headings.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
