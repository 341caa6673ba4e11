import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Envelope, SealContext } from '../../domain/ports/envelope.ts';
import { RecentlyUsed } from '../recently-used.ts';
import { createKmsDataKeys, type DataKeys, type KmsOptions } from './kms-data-keys.ts';
import { contextText, openWith, sealWith, takeApart } from './sealed-bytes.ts';

/** How long data keys live and how many are remembered. */
export interface EnvelopeLimits {
  /** After so long, or so often, a data key seals only until its successor is there. */
  readonly sealForMs: number;
  readonly sealUses: number;
  /** Without a successor it seals on until it is this old. */
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

/** After a failure the keeper has so long before it is asked for a successor again. */
const ASK_AGAIN_AFTER_MS = 10_000;

interface SealingKey {
  readonly key: KeyObject;
  readonly sealed: Uint8Array;
  readonly bornAtMs: number;
  uses: number;
  /** When its successor was last asked for in vain. */
  failedAtMs: number;
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
    const made = {
      key: createSecretKey(plain),
      sealed,
      bornAtMs,
      uses: 0,
      failedAtMs: Number.NEGATIVE_INFINITY,
    };
    present.put(place, Promise.resolve(made));
    onMade(sealed, context, made.key);
    return made;
  }

  function ask(place: string, context: SealContext): Promise<SealingKey> {
    const asked =
      underway.get(place) ?? make(place, context).finally(() => void underway.delete(place));
    underway.set(place, asked);
    return asked;
  }

  /** What seals meanwhile does not wait: neither an outage nor a slow answer of the keeper may hold up cases whose key is at hand. */
  function renewBehind(place: string, context: SealContext, known: SealingKey): void {
    const sinceFailureMs = clock.nowMs() - known.failedAtMs;
    if (underway.has(place) || (sinceFailureMs >= 0 && sinceFailureMs < ASK_AGAIN_AFTER_MS)) return;
    ask(place, context).catch(() => {
      known.failedAtMs = clock.nowMs();
    });
  }

  return async (context) => {
    const place = contextText(context);
    const known = await present.peek(place);
    const use = known ?? (await ask(place, context));
    const ageMs = clock.nowMs() - use.bornAtMs;
    const isDue = ageMs < 0 || ageMs >= bounds.sealForMs || use.uses >= bounds.sealUses;
    if (isDue) renewBehind(place, context, use);
    use.uses += 1;
    return use;
  };
}
