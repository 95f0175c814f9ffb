import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import express from 'express';

/**
 * Express and EJS as their manuals use them, and nothing else: no database, session, language, compression or log. The
 * page is a WeUI form with as many fields as ours; its lists are as long as it takes to weigh what is asked for.
 *
 * Argument: bytes. First message: `{ port, bytes }`, what the page weighs.
 */
const wanted = Number(process.argv[2]);
const views = fileURLToPath(new URL('./views', import.meta.url));
const options = ['业务往来', '学术交流', '参观访问', '求职面试', '送货维修', '探亲访友', '其他'];
const texts = ['姓名', '手机号', '证件号', '车牌号', '单位', '被访人', '说明', '开始', '结束'];
const choices = ['性别', '证件类型', '访问园区', '访问部门', '访问事由'];
const fieldsWith = (length: number) => {
  const list = Array.from({ length }, (_, n) => `${options[n % options.length]}${n < options.length ? '' : n}`);
  return [
    ...texts.map((label, n) => ({ name: `text${n}`, label, value: `${label}${n}` })),
    ...choices.map((label, n) => ({ name: `choice${n}`, label, value: list[n], options: list })),
  ];
};
const title = '个人访客通道';
const weigh = async (fields: object[]) =>
  Buffer.byteLength(await ejs.renderFile(`${views}/form.ejs`, { title, fields }));

let length = options.length;
while ((await weigh(fieldsWith(length))) < wanted) length += 1;
const fields = fieldsWith(length);

const app = express();
app.set('views', views);
app.set('view engine', 'ejs');
app.get('/', (_request, response) => response.render('form', { title, fields }));
const server = app.listen(0, '127.0.0.1', async () =>
  process.send?.({ port: (server.address() as AddressInfo).port, bytes: await weigh(fields) }),
);
process.on('disconnect', () => process.exit());
process.once('SIGTERM', () => process.exit());
