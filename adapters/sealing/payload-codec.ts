import type { Payload, PayloadCodec } from '@temporalio/common';
import type { Envelope, SealContext } from '../../domain/ports/envelope.ts';
import { sealBroken } from './sealed-bytes.ts';

/** How a sealed payload is marked; Temporal's own tools show it as encrypted. */
const ENCODING = 'encoding';
const SEALED = 'binary/encrypted';

const LENGTH_BYTES = 4;

/**
 * Seals every payload that goes to Temporal and opens what comes back. What is not marked as sealed passes as it is, so that histories
 * from before sealing are still read. The context names network and purpose, and no workflow: a decoder behind Temporal's own UI knows
 * of no workflow either (ADR 0011). Throws `seal-broken` or `key-unreachable`.
 */
export function createPayloadCodec(envelope: Envelope, networkId: string): PayloadCodec {
  const context: SealContext = { network: networkId, purpose: 'payload' };
  return {
    encode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) => ({
          metadata: { [ENCODING]: Buffer.from(SEALED) },
          data: await envelope.seal(pack(payload), context),
        })),
      ),
    decode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) => {
          if (!isSealed(payload)) return payload;
          return unpack(await envelope.open(bytesOf(payload), context));
        }),
      ),
  };
}

function isSealed({ metadata }: Payload): boolean {
  const encoding = metadata?.[ENCODING];
  return encoding !== undefined && Buffer.from(encoding).toString() === SEALED;
}

/** The SDK hands out a payload without data, such as the result of a workflow that has none, with a plain empty list for it. */
function bytesOf({ data }: Payload): Uint8Array {
  return Buffer.from(data ?? []);
}

/** A payload as bytes: length of its metadata, the metadata as JSON of base64 texts, its data. */
function pack(payload: Payload): Uint8Array {
  const texts = Object.entries(payload.metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(texts)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, bytesOf(payload)]);
}

function unpack(packed: Uint8Array): Payload {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const dataAt = LENGTH_BYTES + (bytes.length < LENGTH_BYTES ? 0 : bytes.readUInt32BE());
  if (bytes.length < dataAt) throw sealBroken('it holds no payload');
  const texts: unknown = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, dataAt));
  const metadata: Record<string, Uint8Array> = {};
  for (const [name, text] of Object.entries(texts ?? {})) {
    metadata[name] = Buffer.from(String(text), 'base64');
  }
  return { metadata, data: bytes.subarray(dataAt) };
}
