/**
 * Shows that a long step lives: on a terminal one line that counts seconds, elsewhere (a log, CI) a
 * line every ten seconds.
 *
 * @template T
 * @param {string} what what is being done, as the beginning of a line
 * @param {(say: (detail: string) => void) => Promise<T>} work may say more while it goes on
 * @param {{ stream?: NodeJS.WriteStream, quiet?: boolean }} [options]
 * @returns {Promise<T>}
 */
export async function progress(what, work, { stream = process.stderr, quiet = false } = {}) {
  if (quiet) return work(() => {});
  const began = Date.now();
  let detail = '';
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const line = () => `${what} … ${seconds()} s${detail && `  ${detail}`}`;
  const draw = () => {
    if (stream.isTTY) stream.write(`\r\x1b[2K${line().slice(0, (stream.columns || 80) - 1)}`);
    else stream.write(`${line()}\n`);
  };
  if (stream.isTTY) draw();
  else stream.write(`${what} …\n`);
  const timer = setInterval(draw, stream.isTTY ? 500 : 10_000);
  try {
    const result = await work((text) => {
      detail = text;
    });
    clearInterval(timer);
    stream.write(`${stream.isTTY ? '\r\x1b[2K' : ''}${what}: done in ${seconds()} s\n`);
    return result;
  } catch (error) {
    clearInterval(timer);
    if (stream.isTTY) stream.write('\r\x1b[2K');
    throw error;
  }
}
