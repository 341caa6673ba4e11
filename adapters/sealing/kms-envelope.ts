import { createSecretKey, type KeyObject } from 'node:crypto';
import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Envelope, SealContext } from '../../domain/ports/envelope.ts';
import { RecentlyUsed } from '../recently-used.ts';
import { createKmsDataKeys, type DataKeys, type KmsOptions } from './kms-data-keys.ts';
import { contextText, openWith, sealWith, takeApart } from './sealed-bytes.ts';

/** How long data keys live and how many are remembered. */
export interface EnvelopeLimits {
  /** A data key seals for this long, and this often. */
  readonly sealForMs: number;
  readonly sealUses: number;
  /** While no new one can be had, the present one seals on until it is this old. */
  readonly sealAtMostMs: number;
  /** Opened data keys are remembered for this long, and so many of them. */
  readonly openForMs: number;
  readonly openedKeys: number;
}

/** Far below what AES-GCM with random nonces bears (2^32), and a few questions per process and hour. */
const LIMITS: EnvelopeLimits = {
  sealForMs: 300_000,
  sealUses: 10_000,
  sealAtMostMs: 3_600_000,
  openForMs: 3_600_000,
  openedKeys: 1_000,
};

/** Contexts under which one process seals at a time; the least used loses its key first. */
const CONTEXTS = 100;

interface SealingKey {
  readonly key: KeyObject;
  readonly sealed: Uint8Array;
  readonly bornAtMs: number;
  uses: number;
}

/** Seals with data keys from KMS: one question to KMS per data key, not per payload (domain/ports/envelope.ts). */
export function createKmsEnvelope(
  options: KmsOptions & { readonly clock: Clock; readonly limits?: Partial<EnvelopeLimits> },
): Envelope {
  return createEnvelope(createKmsDataKeys(options), options.clock, options.limits);
}

/** An envelope over any keeper of data keys. */
export function createEnvelope(
  keys: DataKeys,
  clock: Clock,
  limits: Partial<EnvelopeLimits> = {},
): Envelope {
  const bounds = { ...LIMITS, ...limits };
  const opened = new RecentlyUsed<KeyObject>(clock, bounds.openedKeys, bounds.openForMs);
  const sealing = createSealingKeys(keys, clock, bounds, (sealed, context, key) =>
    opened.put(placeOf(sealed, context), Promise.resolve(key)),
  );
  return {
    async seal(plain, context) {
      const present = await sealing(context);
      return sealWith(present.key, present.sealed, plain, context);
    },
    async open(sealed, context) {
      const parts = takeApart(sealed);
      const key = await opened.get(placeOf(parts.dataKey, context), async () =>
        createSecretKey(await keys.open(parts.dataKey, context)),
      );
      return openWith(key, parts, context);
    },
  };
}

function placeOf(sealedKey: Uint8Array, context: SealContext): string {
  return `${Buffer.from(sealedKey).toString('base64')} ${contextText(context)}`;
}

/** The data key that seals now, per context; those who ask at the same time share one question. */
function createSealingKeys(
  keys: DataKeys,
  clock: Clock,
  bounds: EnvelopeLimits,
  onMade: (sealed: Uint8Array, context: SealContext, key: KeyObject) => void,
): (context: SealContext) => Promise<SealingKey> {
  const present = new RecentlyUsed<SealingKey>(clock, CONTEXTS, bounds.sealAtMostMs);
  const underway = new Map<string, Promise<SealingKey>>();

  async function make(place: string, context: SealContext): Promise<SealingKey> {
    const bornAtMs = clock.nowMs();
    const { plain, sealed } = await keys.make(context);
    const made = { key: createSecretKey(plain), sealed, bornAtMs, uses: 0 };
    present.put(place, Promise.resolve(made));
    onMade(sealed, context, made.key);
    return made;
  }

  async function renew(place: string, context: SealContext, known: SealingKey | undefined) {
    const asked = underway.get(place) ?? make(place, context);
    underway.set(place, asked);
    try {
      return await asked;
    } catch (error) {
      const isPassing = error instanceof DomainError && error.code === 'key-unreachable';
      // An outage of the keeper must not stop cases whose key is still at hand.
      if (known !== undefined && isPassing) return known;
      throw error;
    } finally {
      if (underway.get(place) === asked) underway.delete(place);
    }
  }

  return async (context) => {
    const place = contextText(context);
    const known = await present.peek(place);
    const ageMs = known === undefined ? 0 : clock.nowMs() - known.bornAtMs;
    const isFresh = ageMs >= 0 && ageMs < bounds.sealForMs;
    const use =
      known !== undefined && isFresh && known.uses < bounds.sealUses
        ? known
        : await renew(place, context, known);
    use.uses += 1;
    return use;
  };
}
