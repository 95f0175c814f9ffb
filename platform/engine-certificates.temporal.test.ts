import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testTemporal } from '../testing/temporal.ts';
import { readSettings, temporalSchema } from './config.ts';
import { connectionOptions } from './temporal.ts';

const certificate = (name: string): string =>
  fileURLToPath(new URL(`../testing/certificates/${name}`, import.meta.url));

describe('an engine that asks for certificates', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    const engine = await testTemporal();
    const [host = '', port = ''] = engine.address.split(':');
    server = createServer(
      {
        cert: readFileSync(certificate('engine.pem')),
        key: readFileSync(certificate('engine.key')),
        ca: readFileSync(certificate('ca.pem')),
        requestCert: true,
        rejectUnauthorized: true,
        ALPNProtocols: ['h2'],
      },
      (socket) => {
        const behind = connect(Number(port), host);
        for (const end of [socket, behind]) end.on('error', () => {});
        socket.pipe(behind).pipe(socket);
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
  });
  afterAll(() => server?.close());

  const settings = (more: Record<string, string>) =>
    readSettings(temporalSchema, { TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'true', ...more });
  const all = () => ({
    TEMPORAL_TLS_CA: certificate('ca.pem'),
    TEMPORAL_TLS_CERT: certificate('worker.pem'),
    TEMPORAL_TLS_KEY: certificate('worker.key'),
  });

  it('is reached with them, by clients and by workers', async () => {
    const connection = await Connection.connect(connectionOptions(settings(all())));
    expect((await connection.workflowService.getSystemInfo({})).serverVersion).toMatch(/^\d/);
    await connection.close();
    const native = await NativeConnection.connect(connectionOptions(settings(all())));
    await native.close();
  });

  it('lets nobody in without a certificate, and is not believed without its own', async () => {
    const { TEMPORAL_TLS_CA } = all();
    const nobody = { ...connectionOptions(settings({ TEMPORAL_TLS_CA })), connectTimeout: 2_000 };
    await expect(Connection.connect(nobody)).rejects.toThrow();
    const { TEMPORAL_TLS_CERT, TEMPORAL_TLS_KEY } = all();
    const unknown = settings({ TEMPORAL_TLS_CERT, TEMPORAL_TLS_KEY });
    await expect(Connection.connect({ ...connectionOptions(unknown), connectTimeout: 2_000 })).rejects.toThrow();
  });

  it('is not asked with half of a pair, or with certificates and no TLS', () => {
    expect(() => settings({ TEMPORAL_TLS_CERT: certificate('worker.pem') })).toThrow('TEMPORAL_TLS_KEY is missing');
    expect(() => readSettings(temporalSchema, { TEMPORAL_ADDRESS: address, ...all() })).toThrow(
      'TEMPORAL_TLS is missing',
    );
  });
});
