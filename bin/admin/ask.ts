import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

/** Where typed letters are shown, or not. */
let hidden = false;
const shown = new Writable({
  write(chunk, _encoding, done) {
    if (!hidden) process.stdout.write(chunk);
    done();
  },
});

let lines: AsyncIterator<string> | undefined;
let terminal: Interface | undefined;

/** One line from the terminal, or the next line of what is piped in. */
export async function ask(question: string): Promise<string> {
  terminal ??= createInterface({ input: process.stdin, output: shown, terminal: process.stdin.isTTY === true });
  lines ??= terminal[Symbol.asyncIterator]();
  if (process.stdin.isTTY) process.stdout.write(question);
  const { value, done } = await lines.next();
  if (done) throw new Error(`Nothing was typed for "${question.trim()}": each answer is a line.`);
  return value;
}

/** The same without showing what is typed. */
export async function askSecretly(question: string): Promise<string> {
  const answer = ask(question);
  hidden = true;
  try {
    return await answer;
  } finally {
    hidden = false;
    if (process.stdin.isTTY) process.stdout.write('\n');
  }
}
