import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DataConverter, PayloadCodec } from '@temporalio/common';

/** Beside a bundled worker, or where the source is: the SDK takes this converter by path only. */
const PLACES = ['failure-converter.cjs', '../../adapters/sealing/failure-converter.ts'];

/** File with the converter that puts messages of failures where the codec seals them. */
export function failureConverterPath(): string {
  const [beside, source] = PLACES.map((place) => path.resolve(import.meta.dirname, place));
  return beside !== undefined && existsSync(beside) ? beside : (source ?? '');
}

/**
 * What a worker converts payloads and failures with where they are sealed. Seals once, so that a worker which cannot seal does not
 * start, and has a key at hand to say why when it cannot open. Throws `key-unreachable`.
 */
export async function sealedBy(codec: PayloadCodec): Promise<DataConverter> {
  await codec.encode([{ metadata: {}, data: new Uint8Array() }]);
  return { payloadCodecs: [codec], failureConverterPath: failureConverterPath() };
}
