import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  decodeFailure,
  encodeFailure,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureConverter } from './failure-converter.ts';
import { createEnvelope } from './kms-envelope.ts';
import { createPayloadCodec } from './payload-codec.ts';
import { createTestDataKeys } from './test-data-keys.ts';

const envelope = createEnvelope(createTestDataKeys(), { nowMs: () => 1_000 });
const codec = createPayloadCodec(envelope, 'main');
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueIn = (payload: Payload | undefined) =>
  defaultPayloadConverter.fromPayload(payload as Payload);

test('every value comes back, and only the mark is readable', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 4 }), async (values) => {
      const encoded = await codec.encode(values.map(payloadOf));
      for (const { metadata } of encoded) {
        expect(Object.keys(metadata ?? {})).toEqual(['encoding']);
        expect(Buffer.from(metadata?.['encoding'] ?? []).toString()).toBe('binary/encrypted');
      }
      expect((await codec.decode(encoded)).map(valueIn)).toEqual(
        JSON.parse(JSON.stringify(values)),
      );
    }),
  );
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['bytes', new Uint8Array([0, 255, 7])],
  ['an empty text', ''],
  ['a large state', { participantId: 'op-1', notes: 'x'.repeat(200_000) }],
])('%s comes back as it was', async (_name, value) => {
  const [decoded] = await codec.decode(await codec.encode([payloadOf(value)]));
  const back = valueIn(decoded);
  expect(back instanceof Uint8Array ? new Uint8Array(back) : back).toEqual(value);
});

test('no data is none, however the SDK writes it', async () => {
  const metadata = { encoding: Buffer.from('binary/null') };
  for (const data of [[], null, undefined, new Uint8Array()]) {
    const [decoded] = await codec.decode(await codec.encode([{ metadata, data } as Payload]));
    expect(valueIn(decoded)).toBeUndefined();
    expect(decoded?.data).toHaveLength(0);
  }
});

test('what was written before there was sealing passes as it is', async () => {
  const clear = [payloadOf({ participantId: 'op-1' }), { metadata: {}, data: new Uint8Array([1]) }];
  expect(await codec.decode(clear)).toEqual(clear);
});

test('a payload of another network, and one that was tampered with, do not open', async () => {
  const encoded = await codec.encode([payloadOf('op-1')]);
  const other = createPayloadCodec(envelope, 'other');
  await expect(other.decode(encoded)).rejects.toMatchObject({ code: 'seal-broken' });
  const [sealed] = encoded;
  const data = Buffer.from(sealed?.data ?? []);
  data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
  await expect(codec.decode([{ ...sealed, data }])).rejects.toMatchObject({ code: 'seal-broken' });
  await expect(codec.decode([{ metadata: sealed?.metadata ?? {} }])).rejects.toMatchObject({
    code: 'seal-broken',
  });
});

test('a failure keeps its code in clear, and its messages, causes and details sealed', async () => {
  const cause = ApplicationFailure.nonRetryable('op-1 is not active', 'wrong-stage', 'detail-op-1');
  const error = ApplicationFailure.create({ message: 'op-1 failed', type: 'step-conflict', cause });
  const failure = failureConverter.errorToFailure(error, defaultPayloadConverter);
  const sealed = await encodeFailure([codec], failure);
  const shown = JSON.stringify(sealed);
  expect(shown).toContain('wrong-stage');
  expect(shown).not.toContain('op-1');
  expect(shown).not.toContain('payload-codec.test');
  const back = failureConverter.failureToError(
    await decodeFailure([codec], sealed),
    defaultPayloadConverter,
  );
  expect(back).toMatchObject({
    message: 'op-1 failed',
    type: 'step-conflict',
    cause: { message: 'op-1 is not active', type: 'wrong-stage', details: ['detail-op-1'] },
  });
});
