import { DomainError } from '../../domain/errors.ts';
import type {
  LedgerSnapshot,
  RewardCredit,
  RewardPayout,
  UnpaidReward,
} from '../../domain/ledger/accounts.ts';
import { cutFallsOf, type FallenCases, withheldOf } from '../../domain/ledger/rewards.ts';
import { parseUnits } from '../../domain/money.ts';
import type { Store } from './client.ts';
import { type Item, numberOf, queryPrefix, textOf } from './items.ts';
import { keysOf } from './keys.ts';
import { decodeFacts, decodeLedgerHead, type LedgerHead } from './ledger-codec.ts';

const MAX_READS = 20;

/**
 * Whether head and facts are of one version. A query may see a transaction half: every fact carries the version that wrote
 * it and the head names the facts of its own, so a fact too new or missing shows. Older versions were finished before
 * the head could move on.
 */
function isWhole(head: LedgerHead, facts: readonly Item[]): boolean {
  const versions = new Map(facts.map((fact) => [textOf(fact, 'sk'), numberOf(fact, 'version')]));
  for (const version of versions.values()) if (version > head.version) return false;
  return head.lastFacts.every((sk) => versions.get(sk) === head.version);
}

/**
 * Unpaid rewards that are still there, by the instant they were earned: what was credited, without what is withheld now, what
 * live charges took and what was paid out. All three are known by instant (rules C3, D10).
 */
export function stillUnpaid(
  credited: readonly RewardCredit[],
  fallenCases: FallenCases,
  payouts: readonly RewardPayout[],
): UnpaidReward[] {
  const fallen = cutFallsOf(fallenCases);
  const byInstant = new Map<number, bigint>();
  const add = (atMs: number, units: bigint) =>
    byInstant.set(atMs, (byInstant.get(atMs) ?? 0n) + units);
  for (const reward of credited) add(reward.earnedAtMs, reward.units - withheldOf(reward, fallen));
  for (const part of fallenCases.cases.flatMap((entry) => entry.parts)) {
    if (part.status === 'void' || part.status === 'lapsed') continue;
    for (const tranche of part.rewardTranches ?? []) {
      add(tranche.earnedAtMs, -parseUnits(tranche.units));
    }
  }
  for (const { earnedAtMs, units } of payouts.flatMap((payout) => payout.tranches))
    add(earnedAtMs, -units);
  return [...byInstant]
    .filter(([, units]) => units !== 0n)
    .sort(([a], [b]) => a - b)
    .map(([earnedAtMs, units]) => ({ earnedAtMs, units }));
}

/** A participant's ledger by itself, without its control group; null when it has none. Throws like `readLedger`. */
export async function readSnapshot(
  store: Store,
  participantId: string,
): Promise<LedgerSnapshot | null> {
  return (await readLedger(store, participantId))?.snapshot ?? null;
}

/**
 * All that a money decision reads of one participant, from one version of its ledger, and the control group that the ledger names; null when
 * it has none. Throws `store-unreachable` (may be retried) when the ledger kept changing while it was read.
 */
export async function readLedger(
  store: Store,
  participantId: string,
): Promise<{ snapshot: LedgerSnapshot; controlGroup: string | undefined } | null> {
  const keys = keysOf(store.networkId);
  const headSk = keys.ledgerHead(participantId).sk;
  for (let read = 0; read < MAX_READS; read++) {
    const pk = keys.account(participantId);
    const items = await queryPrefix(store, 'ledger', pk, keys.snapshotPrefix);
    const headItem = items.find((item) => item['sk'] === headSk);
    if (headItem === undefined) return null;
    const head = decodeLedgerHead(headItem);
    const facts = items.filter((item) => item !== headItem);
    if (!isWhole(head, facts)) continue;
    const { deposits, withdrawals, rewards, payouts, cases, kinCutFalls } = decodeFacts(facts);
    const unpaidRewards = stillUnpaid(rewards, { cases, kinCutFalls }, payouts);
    const { version, asset, balances } = head;
    const fallen = kinCutFalls.length > 0 && { kinCutFalls };
    const read = { deposits, withdrawals, rewards, unpaidRewards, cases, ...fallen };
    return {
      snapshot: { participantId, version, asset, balances, ...read },
      controlGroup: head.controlGroup,
    };
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The ledger of the participant changed at every try to read it. Try again.',
    { participantId },
  );
}
