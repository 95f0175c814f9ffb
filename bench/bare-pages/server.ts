import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';

/** Express and EJS and nothing else: no database, session, language, compression or log. */
const fields = ['name', 'sex', 'phone', 'document', 'plate', 'unit', 'campus', 'department', 'host', 'from', 'until'];
const app = express();
app.set('views', fileURLToPath(new URL('./views', import.meta.url)));
app.set('view engine', 'ejs');
app.get('/', (_request, response) => response.render('form', { title: '个人访客通道', fields }));
const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
process.once('SIGTERM', () => process.exit());
