import { createHash } from 'node:crypto';
import { readTrail } from '../../../adapters/dynamodb/audit-export.ts';
import { createCaseReader } from '../../../adapters/dynamodb/case-reader.ts';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { keysOf } from '../../../adapters/dynamodb/keys.ts';
import { participantIds, readAccount } from '../../../adapters/dynamodb/ledger-export.ts';
import { readReserve } from '../../../adapters/dynamodb/reserve.ts';
import { CHAIN_BEGIN, type ChainHead } from '../../../domain/audit/chain.ts';
import type { Account, Finding, Trail, Verification } from '../../../domain/audit/findings.ts';
import { kinFallFaults } from '../../../domain/audit/verify-cuts.ts';
import { verifyParticipant } from '../../../domain/audit/verify-participant.ts';
import { DomainError } from '../../../domain/errors.ts';

/** What a whole verification found; an earlier one can be compared with. */
export interface VerificationReport {
  v: 1;
  networkId: string;
  verifications: Verification[];
  /** Findings that belong to no participant. */
  findings: Finding[];
}

/** What is verified. */
export interface VerifyOptions {
  /** Only this case, and the chain of its participant. */
  readonly caseId?: string;
  /** An earlier report: what was in a chain then must be in it now. */
  readonly earlier?: VerificationReport;
}

/** Participants that are read at the same time. */
const AT_ONCE = 4;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Reads a network, or one case of it, and computes everything again. Throws `case-unknown`, `store-unreachable`. */
export async function verifyLedger(
  store: Store,
  options: VerifyOptions = {},
): Promise<VerificationReport> {
  const { caseId, earlier } = options;
  const ids = caseId === undefined ? await everybody(store) : [await ownerOf(store, caseId)];
  const verifications: Verification[] = [];
  const accounts = new Map<string, Account>();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE).map(async (participantId) => {
      const read = await verifyOne(store, participantId, options);
      if (participantId !== null && read.account !== null)
        accounts.set(participantId, read.account);
      return read.verification;
    });
    verifications.push(...(await Promise.all(some)));
  }
  const findings = caseId === undefined ? await networkFindings(store, accounts) : [];
  if (earlier !== undefined && caseId === undefined)
    findings.push(...vanished(earlier, verifications));
  return { v: 1, networkId: store.networkId, verifications, findings };
}

/** Whether nothing was found. */
export function isWhole(report: VerificationReport): boolean {
  return (
    [...report.findings, ...report.verifications.flatMap(({ findings }) => findings)].length === 0
  );
}

/** Every participant, and null for the network's own chain. */
async function everybody(store: Store): Promise<(string | null)[]> {
  return [null, ...(await participantIds(store, keysOf(store.networkId)))];
}

async function ownerOf(store: Store, caseId: string): Promise<string> {
  const record = await createCaseReader(store).read(caseId);
  if (record !== null) return record.participantId;
  throw new DomainError('case-unknown', 'caller', `There is no case ${caseId}.`);
}

async function verifyOne(
  store: Store,
  participantId: string | null,
  { caseId, earlier }: VerifyOptions,
): Promise<{ verification: Verification; account: Account | null }> {
  // The account first: what it has moved by then is in the history that is read after it.
  const { account, fault } = await accountOf(store, participantId);
  const trail = await readTrail(store, participantId);
  const verification = verifyParticipant(participantId, account, trail, {
    sha256,
    ...(caseId !== undefined && { caseId }),
  });
  const known = earlier?.verifications.find((one) => one.participantId === participantId)?.head;
  const rewritten = known === undefined ? [] : rewrittenSince(known, trail);
  const found = (check: Finding['check'], what: string, seq: number | null = null): Finding => {
    return { check, participantId, caseId: null, seq, entryId: null, what };
  };
  const findings = [
    ...verification.findings,
    ...rewritten.map((what) => found('chain', what, known?.seq ?? null)),
    ...(fault === null ? [] : [found('balances', fault)]),
  ];
  return { verification: { ...verification, findings }, account };
}

/** An account that cannot even be read is a finding, not the end of the work. */
async function accountOf(
  store: Store,
  participantId: string | null,
): Promise<{ account: Account | null; fault: string | null }> {
  if (participantId === null) return { account: null, fault: null };
  try {
    const account = await readAccount(store, participantId);
    return { account, fault: account === null ? 'it is registered and has no ledger' : null };
  } catch (error) {
    if (error instanceof DomainError && error.fault === 'dependency' && error.details['reason'])
      throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { account: null, fault: `the ledger cannot be read: ${why}` };
  }
}

/** Whoever may write everything can write a whole chain anew; what it was before tells. */
function rewrittenSince(known: ChainHead, trail: Trail): string[] {
  if (known.seq === CHAIN_BEGIN.seq) return [];
  const entry = trail.entries.find(({ seq }) => seq === known.seq);
  if (entry?.hash === known.hash) return [];
  const now = entry === undefined ? 'is not there now' : `has hash ${entry.hash.slice(0, 12)} now`;
  return [
    `number ${known.seq} had hash ${known.hash.slice(0, 12)} in the earlier report and ${now}`,
  ];
}

function vanished(earlier: VerificationReport, now: readonly Verification[]): Finding[] {
  const known = new Set(now.map(({ participantId }) => participantId));
  return earlier.verifications
    .filter(({ participantId }) => !known.has(participantId))
    .map(({ participantId }) => ({
      check: 'chain',
      participantId,
      caseId: null,
      seq: null,
      entryId: null,
      what: 'it was in the earlier report and is registered no more',
    }));
}

/** Invariant H1 over all: ids are used once, and the reserve has what was slashed and not rebated. */
async function networkFindings(
  store: Store,
  accounts: ReadonlyMap<string, Account>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const found = (what: string): void => {
    const nobody = { participantId: null, caseId: null, seq: null, entryId: null };
    findings.push({ check: 'balances', ...nobody, what });
  };
  const seen = new Set<string>();
  let owed = 0n;
  for (const { snapshot, transfers } of accounts.values()) {
    owed += snapshot.balances.slashed - snapshot.balances.rebates;
    for (const { transferId } of transfers) {
      if (seen.has(transferId)) found(`transfer ${transferId} is there twice`);
      seen.add(transferId);
    }
  }
  const { units: reserve } = await readReserve(store);
  if (reserve !== owed) found(`the reserve has ${reserve}, it should have ${owed}`);
  for (const what of kinFallFaults(accounts.values())) found(what);
  return findings;
}
