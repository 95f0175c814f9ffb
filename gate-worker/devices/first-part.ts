/**
 * The first part of a multipart body (RFC 2046) as text: events put their JSON there, and pictures, which nobody here looks
 * at, behind it. Undefined where the body is none, or the part is longer than `most` bytes.
 */
export function firstPart(body: Buffer, contentType: string, most: number): string | undefined {
  const [found, ...more] = [...contentType.matchAll(/;\s*boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))/gi)];
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined || more.length > 0) return undefined;
  const mark = `--${boundary}`;
  const start = body.indexOf(`${mark}\r\n`);
  if (start !== 0 && body.subarray(start - 2, start).toString() !== '\r\n') return undefined;
  const head = start + mark.length + 2;
  const end = body.indexOf(`\r\n${mark}`, head);
  const blank = body.indexOf('\r\n\r\n', head);
  if (end === -1 || blank === -1 || blank > end || end - blank > most) return undefined;
  return body.subarray(blank + 4, end).toString('utf8');
}
