import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canInstall, installPackages } from './debian.ts';

/** Pictures of Chinese pages need a Chinese font; without one the tests still say what they say. */
export async function ensureChineseFont(): Promise<void> {
  if (process.platform !== 'linux' || (await hasChineseFont())) return;
  if (canInstall() && (await installPackages(['fonts-noto-cjk'])) && (await hasChineseFont())) return;
  console.error(
    'No Chinese font is installed: pictures will show boxes. On Debian "apt install fonts-noto-cjk" mends it.',
  );
}

async function hasChineseFont(): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('fc-list', [':lang=zh-cn', 'family']);
    return stdout.trim() !== '';
  } catch {
    return false;
  }
}
