import { createCipheriv, randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { createCodec, createGateCodec, createReader, deriveGateCodecKey } from './codec.ts';

const ring = { current: 'c1', keys: { c1: randomBytes(32) }, bound: ['c1'] };
const codec = createCodec(ring);
const value = { reservation: '0198c0de-0000-7000-8000-000000000001' };
const payload = defaultPayloadConverter.toPayload(value);
const reservation: SerializationContext = { type: 'workflow', namespace: 'default', workflowId: 'reservation/1' };
const south: SerializationContext = { type: 'workflow', namespace: 'default', workflowId: 'gate/south' };
const southActivity: SerializationContext = {
  type: 'activity',
  namespace: 'default',
  workflowId: 'gate/south',
  isLocal: false,
};
const kid = (encoded: { metadata?: Record<string, Uint8Array> | null } | undefined) =>
  Buffer.from(encoded?.metadata?.['encryption-key-id'] ?? []).toString();

describe('what the engine keeps', () => {
  it('comes back as it was, and shows nothing meanwhile', async () => {
    const [encoded] = await codec.encode([payload], reservation);
    if (!encoded) throw new Error('nothing encoded');
    expect(Buffer.from(encoded.data ?? []).toString('latin1')).not.toContain('reservation');
    expect(Object.keys(encoded.metadata ?? {}).sort()).toEqual(['encoding', 'encryption-key-id', 'sealed-for']);
    const [decoded] = await codec.decode([encoded]);
    if (!decoded) throw new Error('nothing decoded');
    expect(defaultPayloadConverter.fromPayload(decoded)).toEqual(value);
    expect(await codec.encode([])).toEqual([]);
  });

  it('is under the gate’s own key in a gate’s workflow and its activities', async () => {
    const gate = createGateCodec(deriveGateCodecKey(ring, 'south'));
    for (const context of [south, southActivity]) {
      const encoded = await codec.encode([payload], context);
      expect(kid(encoded[0])).toBe('c1/gate/south');
      expect(await gate.decode(encoded)).toEqual(await codec.decode(encoded));
    }
    const saw = defaultPayloadConverter.toPayload({ reservation: '1', gate: 'south', event: 'e' });
    const said = await gate.encode([saw], reservation);
    const [heard] = await codec.decode(said, reservation);
    expect(heard && defaultPayloadConverter.fromPayload(heard)).toMatchObject({ gate: 'south', event: 'e' });
  });

  it('is closed to a gate when it is another’s', async () => {
    const gate = createGateCodec(deriveGateCodecKey(ring, 'east'));
    await expect(gate.decode(await codec.encode([payload], south))).rejects.toThrow();
    await expect(gate.decode(await codec.encode([payload], reservation))).rejects.toThrow();
    const renamed = (await codec.encode([payload], south)).map((one) => ({
      ...one,
      metadata: { ...one.metadata, 'encryption-key-id': Buffer.from('c1/gate/east') },
    }));
    await expect(gate.decode(renamed)).rejects.toThrow();
  });

  it('is refused after a change or under a wrong key', async () => {
    const [encoded] = await codec.encode([payload], reservation);
    const data = Buffer.from(encoded?.data ?? []);
    for (let at = 0; at < data.length; at++) {
      const changed = Buffer.from(data);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(codec.decode([{ ...encoded, data: changed }]), `byte ${at}`).rejects.toThrow();
    }
    const stranger = createCodec({ current: 'c1', keys: { c1: randomBytes(32) } });
    await expect(stranger.decode([encoded ?? {}])).rejects.toThrow();
  });

  it('is still readable after the master key was rotated, a gate’s too', async () => {
    const before = await codec.encode([payload], reservation);
    const beforeSouth = await codec.encode([payload], south);
    const rotated = createCodec({ current: 'c2', keys: { ...ring.keys, c2: randomBytes(32) } });
    expect(await rotated.decode(before)).toEqual(await codec.decode(before));
    expect(await rotated.decode(beforeSouth)).toEqual(await codec.decode(beforeSouth));
    expect(kid((await rotated.encode([payload], reservation))[0])).toBe('c2');
  });

  it('does not open for another reservation, another gate or another use', async () => {
    const other: SerializationContext = { ...reservation, workflowId: 'reservation/2' };
    const encoded = await codec.encode([payload], reservation);
    const [opened] = await codec.decode(encoded, reservation);
    expect(opened && defaultPayloadConverter.fromPayload(opened)).toEqual(value);
    await expect(codec.decode(encoded, other)).rejects.toThrow('Not sealed for this');
    await expect(codec.decode(encoded, { ...southActivity, workflowId: 'reservation/1' })).rejects.toThrow();
    const renamed = encoded.map((one) => ({
      ...one,
      metadata: { ...one.metadata, 'sealed-for': Buffer.from('workflow reservation/2') },
    }));
    await expect(codec.decode(renamed, other)).rejects.toThrow();
  });

  it('says under a gate’s key what that gate saw, and nothing else', async () => {
    const gate = createGateCodec(deriveGateCodecKey(ring, 'south'));
    const decision = { request: 'r', actor: { kind: 'staff', id: 's' }, task: 't', verdict: 'approved' };
    const elsewhere = { reservation: '2', gate: 'south', event: 'e' };
    const another = { reservation: '1', gate: 'east', event: 'e' };
    for (const said of [decision, elsewhere, another, null, 'text']) {
      const encoded = await gate.encode([defaultPayloadConverter.toPayload(said)], reservation);
      await expect(codec.decode(encoded, reservation), JSON.stringify(said)).rejects.toThrow();
      await expect(codec.decode(encoded), JSON.stringify(said)).rejects.toThrow();
    }
  });

  it('opens under keys of earlier releases only when it was sealed without a purpose', async () => {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', ring.keys.c1, iv).setAAD(Buffer.from('c1'));
    const plain = proto.temporal.api.common.v1.Payload.encode(payload).finish();
    const unbound = {
      metadata: { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from('c1') },
      data: Buffer.concat([Buffer.of(1), iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
    };
    await expect(codec.decode([unbound], reservation)).rejects.toThrow('Not sealed for this');
    const earlier = createCodec({ current: 'c1', keys: ring.keys });
    const [opened] = await earlier.decode([unbound], reservation);
    expect(opened && defaultPayloadConverter.fromPayload(opened)).toEqual(value);
  });

  it('is refused when it was never sealed, and is shown unchanged to an admin', async () => {
    await expect(codec.decode([payload], reservation)).rejects.toThrow('Not a sealed payload');
    await expect(createGateCodec(deriveGateCodecKey(ring, 'south')).decode([payload])).rejects.toThrow();
    expect(await createReader(ring).decode([payload])).toEqual([payload]);
  });
});
