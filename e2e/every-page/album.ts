import type { Who } from './world.ts';

export type Album = {
  name: string;
  pattern: string;
  as: Who;
  title: string;
  desk?: boolean | undefined;
  /** Shown once more in English, with large type or in the dark. */
  dress?: string;
}[];

const groups: [string, RegExp][] = [
  ['Coming in', /^\/($|register|consent|wechat)/],
  ['Asking to visit, and living with it', /^\/reservations/],
  ['The pass', /^\/passes/],
  ['Companions and guardians', /^\/(companions|join|guardians)/],
  ['Oneself', /^\/(profile|account)/],
  ['One’s own data', /^\/(my-data|erasures)/],
  ['Notices and guides', /^\/(privacy|notice|guide)/],
  ['Approvers', /^\/(staff|inbox|t\/)/],
  ['The security desk', /^\/security/],
  ['Admins', /^\/admin\/(?!content)/],
  ['Content', /^\/admin\/content/],
];
const dresses: Record<string, string> = { en: 'In English', care: 'Large type (关怀版)', dark: 'In the dark' };

/** docs/screens/pages/README.md: every picture, in groups, with where it is and who sees it. */
export function albumOf(album: Album): string {
  const plain = album.filter(({ dress }) => !dress);
  const parts = [
    ...groups.map(([title, of]) =>
      part(
        title,
        plain.filter(({ pattern }) => of.test(pattern)),
      ),
    ),
    ...Object.entries(dresses).map(([name, title]) =>
      part(
        title,
        album.filter(({ dress }) => dress === name),
      ),
    ),
  ];
  return `# Every page

Taken by \`npm run screens\`, each as the person who meets it, on a phone of 390 × 844; staff at a desk. Made by the command: do not edit.

${parts.join('\n\n')}
`;
}

function part(title: string, pictures: Album): string {
  const across = pictures.some(({ desk }) => desk) ? 2 : 4;
  const cells = pictures.map(
    ({ name, pattern, as, title: own, desk }) =>
      `<td valign="top"><img src="${name}.webp" alt="${own}" width="${desk ? 420 : 200}"><br>${own}<br><code>${pattern}</code> · ${as}</td>`,
  );
  const rows: string[] = [];
  for (let at = 0; at < cells.length; at += across) {
    rows.push(`<tr>\n${cells.slice(at, at + across).join('\n')}\n</tr>`);
  }
  return `## ${title}\n\n<table>\n${rows.join('\n')}\n</table>`;
}
