import { readFileSync } from 'node:fs';

/**
 * Calls `gone` when the npm (or the shell between us) that started us is gone. Without npm nothing
 * is watched: a shell may end and leave what it started running on purpose.
 *
 * @param {() => void} gone
 */
export function watchParent(gone) {
  if (!process.env.npm_lifecycle_event) return;
  const chain = chainOf(process.ppid);
  const timer = setInterval(() => {
    if (process.ppid === chain[0] && chain.every(isAlive)) return;
    clearInterval(timer);
    gone();
  }, 1000);
  timer.unref();
}

/**
 * The parent and, when that is only npm's shell, npm itself.
 *
 * @param {number} parent
 */
function chainOf(parent) {
  if (process.platform !== 'linux') return [parent];
  try {
    const name = readFileSync(`/proc/${parent}/comm`, 'utf8').trim();
    if (!/^(sh|dash|bash|ash|zsh)$/.test(name)) return [parent];
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    const grandparent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return grandparent > 1 ? [parent, grandparent] : [parent];
  } catch {
    return [parent];
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
