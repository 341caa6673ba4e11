import { expect, it } from 'vitest';
import type { WaitingImposition } from '../domain/breaker/queue.ts';
import { newCaseState } from '../domain/case/open.ts';
import type { CaseState } from '../domain/case/state.ts';
import { aLedger, defaultPolicy, lawOf, MINUTE_MS, T0 } from '../domain/law/test-fixtures.ts';
import { askBreaker, type NetworkNow } from './breaker.ts';
import type { ActivityPorts } from './ports.ts';
import type { Decision } from './propose-rung.ts';
import { withoutBreaker } from './test-without-breaker.ts';

const law = lawOf('performance');
const NOW_MS = T0 + MINUTE_MS;

/** Of ninety-nine participants, 3,333 bps may be suspended at once, which is one more. */
const network: NetworkNow = {
  policy: defaultPolicy,
  view: {
    shards: [],
    totals: {
      participants: 99,
      stakeUnits: 99_000n,
      suspended: 31,
      suspendedEver: [],
      atMs: NOW_MS,
    },
    openIncidentId: null,
    released: null,
  },
};

function portsWith(ahead: WaitingImposition[]): ActivityPorts {
  const breaker = { ...withoutBreaker.breaker, before: async () => ({ ahead, isWhole: true }) };
  return { ...withoutBreaker, breaker } as unknown as ActivityPorts;
}

/** Waits as a major case since `T0`; as minor it stands behind the place that it has in the queue. */
function grownMilder(): Decision {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  const before: CaseState = {
    ...fresh,
    law,
    holds: [{ cause: 'breaker', owner: 'governors', sinceMs: T0, limitAtMs: T0 + 60 * MINUTE_MS }],
    queued: { severity: 'major', sinceMs: T0 },
  };
  const rung = law.rungs.find(({ id }) => id === 'P1');
  const asked = { state: { ...fresh, law }, before, rung, snapshot: aLedger(1_000n) };
  // The gate is not looked at here.
  return { ...asked, nowMs: NOW_MS } as unknown as Decision;
}

const waiting = (caseId: string): WaitingImposition => ({
  ...{ caseId, severity: 'major', sinceMs: T0, units: 1n, suspends: true },
  ...{ againAtMs: NOW_MS, heldUntilMs: NOW_MS + MINUTE_MS },
});
const imposing = { chargedUnits: 1n, from: 'active', to: 'suspended' } as const;

it('a case that became milder while it waits does not wait for its own old place (rule D12)', async () => {
  const word = await askBreaker(portsWith([waiting('c')]), network, grownMilder(), imposing);
  expect(word).toMatchObject({ isFree: true, change: { suspends: 'p-1' } });
  const behind = await askBreaker(portsWith([waiting('d')]), network, grownMilder(), imposing);
  expect(behind).toMatchObject({ isFree: false });
});
