import { describe, expect, test } from 'vitest';
import { readWanted } from './wanted.ts';

describe('what is let through of the UI', () => {
  test.each([
    ['/namespaces/visits/workflows', { kind: 'page' }],
    ['/namespaces/visits/workflows/reservation%2F1/2/history', { kind: 'page', workflow: 'reservation/1' }],
    ['/_app/immutable/entry/start.MyDq-rKY.js', { kind: 'asset' }],
    ['/favicon.ico', { kind: 'asset' }],
    ['/api/v1/settings', { kind: 'settings' }],
    ['/api/v1/namespaces', { kind: 'namespaces' }],
    ['/api/v1/cluster-info', { kind: 'api' }],
    ['/api/v1/namespaces/visits/workflows/gate%2Fsouth/history', { kind: 'api', workflow: 'gate/south' }],
  ])('%s', (path, wanted) => expect(readWanted(path, 'visits')).toEqual(wanted));

  test.each([
    '/api/v1/namespaces/other/workflows',
    '/api/v1/namespaces/visits2',
    '/api/v1/namespaces/visits/../other',
    '/api/v1/namespaces/visits/%2e%2e/other',
    '/api/v1/namespaces/visits/..%2fother',
    '/api/v1/namespaces/visits%2f..%2fother',
    '/api/v1/namespaces/visits/%252e%252e/other',
    '/api/v1/namespaces/visits//other',
    '/api/v1/namespaces/visits/%5c..%5cother',
    '/api/v1/namespaces/visits/%00',
    '/api/v1/namespaces/visits/%zz',
    '/api/v2/namespaces/visits',
    '/_app/../api/v1/namespaces/other',
    '/namespaces/other',
    '/auth/sso',
    '/',
  ])('not %s', (path) => expect(readWanted(path, 'visits')).toBeUndefined());
});
