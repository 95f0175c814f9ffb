import { expect, test } from 'vitest';
import { policyFor, rewriteNamespaces, rewriteSettings } from './rewriting.ts';

test('settings keep what they had, except for what could act', () => {
  const settings = { Version: '2.42.1', StartWorkflowDisabled: false, RefreshWorkflowCountsDisabled: false };
  expect(JSON.parse(rewriteSettings(JSON.stringify(settings), 'https://visit.example.edu'))).toEqual({
    Version: '2.42.1',
    StartWorkflowDisabled: true,
    RefreshWorkflowCountsDisabled: false,
    DisableWriteActions: true,
    Codec: { Endpoint: 'https://visit.example.edu/codec', PassAccessToken: false, IncludeCredentials: true },
  });
});

test('only our namespace is listed', () => {
  const listed = { namespaces: [{ namespaceInfo: { name: 'visits' } }, { namespaceInfo: { name: 'other' } }] };
  expect(JSON.parse(rewriteNamespaces(JSON.stringify(listed), 'visits')).namespaces).toHaveLength(1);
});

test('the inline script is allowed by its hash, no other', () => {
  // printf 'go()' | openssl dgst -sha256 -binary | base64
  expect(policyFor('<script>go()</script>')).toContain(
    "script-src 'self' 'sha256-5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw='",
  );
  expect(policyFor('<p></p>')).toContain("script-src 'self';");
});
