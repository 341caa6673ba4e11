import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TemporalCredentials } from '../../contracts/temporal-credentials.ts';
import { watchSecret } from './connection.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const of = (name: string) => ({ certificate: name, privateKey: name });
const first: TemporalCredentials = { apiKey: null, client: of('one'), serverRootCa: null };

/** Workers that watch one secret, each with its own luck. */
function watchers(...lucks: number[]) {
  const stored = { value: of('one') };
  const read = async () => stored.value;
  const replaced: number[] = [];
  const watching = lucks.map((luck) =>
    watchSecret(
      { setApiKey: async () => undefined },
      { read, refresh: read },
      first,
      () => replaced.push(luck),
      { random: () => luck },
    ),
  );
  return { stored, replaced, watching };
}

it('lets workers that see a new certificate stop one after the other', async () => {
  const { stored, replaced } = watchers(0.9, 0, 0.5);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(replaced).toEqual([]);
  stored.value = of('two');
  await vi.advanceTimersByTimeAsync(60_001);
  expect(replaced).toEqual([0]);
  await vi.advanceTimersByTimeAsync(150_000);
  expect(replaced).toEqual([0, 0.5]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(replaced).toEqual([0, 0.5, 0.9]);
});

it('stops no worker that has ended meanwhile', async () => {
  const { stored, replaced, watching } = watchers(0.5);
  stored.value = of('two');
  await vi.advanceTimersByTimeAsync(60_000);
  watching[0]?.stop();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(replaced).toEqual([]);
});
