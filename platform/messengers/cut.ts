/** What has no room is cut by code point, with an ellipsis. @param room in characters, or in bytes of UTF-8 */
export function cut(text: string, room: { characters: number } | { bytes: number }): string {
  const fits = (part: string) =>
    'bytes' in room ? Buffer.byteLength(part) <= room.bytes : [...part].length <= room.characters;
  if (fits(text)) return text;
  const characters = [...text];
  while (characters.length > 0 && !fits(`${characters.join('')}…`)) characters.pop();
  return `${characters.join('')}…`;
}

/** One line. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
