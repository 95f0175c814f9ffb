import { fileURLToPath } from 'node:url';
import { messageKinds, taskTemplate } from '../../domain/message-kinds.ts';
import { smsTemplates } from '../../domain/sms-templates.ts';
import { textNames, texts } from '../../sandbox/sms/texts.ts';

/** The page of docs with every template that an office registers. */

export const templatesPage = fileURLToPath(new URL('../../docs/templates.md', import.meta.url));

/** The whole page. */
export function templatesText(): string {
  const wechat = [
    ...Object.entries(messageKinds).map(([kind, entry]) => [kind, entry.wechat] as const),
    ['task', taskTemplate] as const,
  ];
  return [
    '# Templates to register',
    '',
    'Written by `npm run settings:table` from the code, and compared with it by a test.',
    '',
    '## Text messages',
    '',
    'Apply for each at Tencent Cloud SMS: those with a code as 验证码, the others as 普通短信 (notification). The id that it gets goes under its name into `SMS_TEMPLATES`; those in English, for numbers outside +86,',
    'into `SMS_TEMPLATES_ABROAD`. The words may be changed in the application; the values keep their order. A value of a Chinese text has at most six characters, as the provider takes them;',
    'so the reason of a refusal is on the page alone, and a campus whose name is longer is cut: give it a short one.',
    '',
    '| name | values | Chinese text | English text |',
    '|---|---|---|---|',
    ...textNames.map((name) => {
      const values = smsTemplates[name].map((value, at) => `\`{${at + 1}}\` ${value}`).join(', ');
      return `| \`${name}\` | ${values} | ${texts[name].mainland} | ${texts[name].abroad} |`;
    }),
    '',
    '## WeChat',
    '',
    'Choose a template of the account’s category for each, with these fields in any order and under any keys; `WECHAT_TEMPLATES` has its id and the key of each field:',
    '`{"approved":{"id":"…","fields":{"visitor":"thing1","campus":"thing2","window":"character_string3","code":"character_string4","status":"phrase5"}}, …}`. A value that is too long for the kind of its key is cut.',
    '',
    '| name | title | fields |',
    '|---|---|---|',
    ...wechat.map(
      ([kind, { title, fields }]) => `| \`${kind}\` | ${title} | ${fields.map((field) => `\`${field}\``).join(', ')} |`,
    ),
    '',
  ].join('\n');
}
