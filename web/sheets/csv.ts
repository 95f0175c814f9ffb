/**
 * RFC 4180, as Excel and WPS write it: commas, semicolons or tabs; UTF-8, UTF-16 with its mark, or GB 18030 where a Chinese
 * Windows saved it.
 * Read here, since a reader of many formats takes any text for one of them.
 */

/** @returns lines of cells, at most so many; undefined: no text in either encoding */
export function readCsv(bytes: Buffer, mostLines: number): string[][] | undefined {
  const decoded = decode(bytes);
  if (decoded === undefined) return undefined;
  // Excel's own hint of the separator is no line; old Macs end lines by a return.
  const text = decoded.replace(/\r\n?/g, '\n').replace(/^sep=.\n/i, '');
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
    else cell += mark;
  }
  if (lines.length < mostLines && (cell !== '' || line.length > 0)) endLine();
  return lines;
}

function decode(bytes: Buffer): string | undefined {
  // "Unicode text" of Excel and WPS begins with its mark; nothing else that is text has a zero in it.
  const mark = bytes.subarray(0, 2).toString('hex');
  const wide = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : undefined;
  if (!wide && bytes.includes(0)) return undefined;
  for (const encoding of wide ? [wide] : ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // Perhaps the other.
    }
  }
  return undefined;
}

/** The separator: the one that parts the first lines most often; a title has none. */
function separatorOf(text: string): string {
  const first = text.split('\n', 10).join('\n');
  const count = (mark: string) => first.split(mark).length;
  return [',', ';', '\t', '|', '，'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
