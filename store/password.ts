import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Staff passwords: argon2id (RFC 9106) with the costs OWASP asks for, kept as a PHC string. */

const derive = promisify(argon2);
const costs = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };

/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive('argon2id', { message: normal(password), nonce: salt, ...costs });
  const { memory, passes, parallelism } = costs;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/**
 * True when the password made this hash. Without a hash (nobody has that name) the same work is
 * done before answering false, so that the time tells nobody which names exist.
 */
export async function verifyPassword(phc: string | undefined, password: string): Promise<boolean> {
  const kept = parse(phc ?? nobody);
  const hash = await derive('argon2id', { message: normal(password), nonce: kept.salt, ...kept.costs });
  return timingSafeEqual(hash, kept.hash) && phc !== undefined;
}

const nobody = `$argon2id$v=19$m=${costs.memory},t=${costs.passes},p=${costs.parallelism}$${base64(randomBytes(16))}$${base64(randomBytes(32))}`;

function parse(phc: string) {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(phc);
  const [, memory, passes, parallelism, salt, hash] = found ?? [];
  if (!memory || !passes || !parallelism || !salt || !hash) throw new Error('A kept password hash is not argon2id');
  const kept = Buffer.from(hash, 'base64');
  return {
    salt: Buffer.from(salt, 'base64'),
    hash: kept,
    costs: {
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: kept.length,
    },
  };
}

/** The same password typed on another keyboard is the same password. */
function normal(password: string): Buffer {
  return Buffer.from(password.normalize('NFKC'), 'utf8');
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
