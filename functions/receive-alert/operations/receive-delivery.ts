import { createHash } from 'node:crypto';
import { type ReceiptBody, receiptLocation } from '../../../contracts/receipts.ts';
import type { SourceConfig } from '../../../contracts/source-config.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { QuarantineEntry, Receipt, ReceiptItem } from '../../../domain/ports/intake.ts';
import type { ParsedDelivery, Rejection } from '../../../sources/alert.ts';
import { alertKeyOf } from '../../../sources/mapping.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import { rawBody } from '../../shared/json-body.ts';
import type { RouteAnswer, RouteRequest } from '../../shared/route.ts';
import { annotate, currentTraceparent } from '../../shared/tracing.ts';
import type { ReceiveAlertDeps } from '../deps.ts';
import { acceptAlerts, participantsOf } from './accept-alerts.ts';
import type { Entry } from './judge-alerts.ts';
import { checkSender, checkSize, parseDelivery, type RawDelivery } from './read-delivery.ts';

type Deps = ReceiveAlertDeps & Required<Pick<ReceiveAlertDeps, 'logger' | 'meter'>>;

/** What the store calls it when there is too much at once. */
const THROTTLES = new Set([
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingError',
  'ThrottlingException',
]);

const RETRY_AFTER_S = '5';

/**
 * Takes one delivery of a source (design §7): size, credentials on the raw bytes, parsing, acceptance, and only then 202. A
 * bad alert goes to quarantine and never fails the others; a delivery that comes again is answered alike.
 */
export async function receiveDelivery(deps: Deps, request: RouteRequest): Promise<RouteAnswer> {
  const { source, delivery } = await admit(deps, request);
  const parsed = parseDelivery(source.kind, delivery);
  const claim = await claimDelivery(deps, source, delivery, request.nowMs);
  if (claim.earlier !== null) {
    const known = again(claim.earlier);
    deps.meter.count('AlertsDuplicate', known.duplicate);
    return answer(known);
  }
  try {
    const receipt = await accept(deps, source, parsed, claim.receiptId, request.nowMs);
    deps.meter.count('AlertsAccepted', receipt.accepted);
    deps.meter.count('AlertsDuplicate', receipt.duplicate);
    deps.meter.count('AlertsQuarantined', receipt.quarantined);
    return answer(receipt);
  } catch (error) {
    throw shed(source, error);
  }
}

async function admit(
  deps: Deps,
  request: RouteRequest,
): Promise<{ source: SourceConfig; delivery: RawDelivery }> {
  const sourceId = request.pathParameters['sourceId'] ?? '';
  const source = await deps.directory.sourceConfig(sourceId);
  if (source === null) throw new HttpProblem('source-unknown', 'There is no such source.');
  const delivery = { headers: request.headers, body: rawBody(request) };
  checkSize(source.kind, delivery.body);
  await checkSender(source, delivery, deps.secrets, request.nowMs, (reason) => {
    deps.logger.warn('delivery refused', { sourceId, reason });
  });
  if (!source.enabled) {
    throw new HttpProblem('source-disabled', `The source ${sourceId} is disabled.`);
  }
  return { source, delivery };
}

/**
 * Recognises a signed delivery by its `webhook-id`, which stays the same over retries. One that was not finished is taken
 * up again under its first receipt. Throws `delivery-id-reused` (422) for another body under the same id.
 */
async function claimDelivery(
  deps: Deps,
  source: SourceConfig,
  { headers, body }: RawDelivery,
  nowMs: number,
): Promise<{ receiptId: string; earlier: Receipt | null }> {
  const receiptId = deps.newReceiptId();
  const id = headers['webhook-id'];
  if (id === undefined || source.auth.kind !== 'standard-webhooks') {
    return { receiptId, earlier: null };
  }
  const own = {
    sourceId: source.sourceId,
    deliveryId: sha256(id),
    bodyHash: sha256(body),
    receiptId,
  };
  const standing = await deps.intake.claimDelivery(own, nowMs);
  if (standing.bodyHash !== own.bodyHash) {
    deps.logger.warn('webhook-id reused', { sourceId: source.sourceId });
    throw new HttpProblem('delivery-id-reused', 'This webhook-id belongs to another body.');
  }
  if (standing.receiptId === receiptId) return { receiptId, earlier: null };
  const earlier = await deps.intake.readReceipt(standing.receiptId);
  return { receiptId: standing.receiptId, earlier };
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

async function accept(
  deps: Deps,
  source: SourceConfig,
  parsed: ParsedDelivery,
  receiptId: string,
  nowMs: number,
): Promise<Receipt> {
  const { sourceId, repeatIntervalMs } = source;
  const entries = parsed.alerts.flatMap((one, index): Entry[] =>
    one.ok ? [{ index, alert: one.alert }] : [],
  );
  annotate({ 'swarm.alerts': parsed.alerts.length });
  const policy = await deps.directory.policyAt(nowMs);
  const fates = await acceptAlerts(deps.intake, entries, {
    source,
    participants: await participantsOf(deps.directory, entries, source),
    violationTypes: policy.violationTypes,
    freshMinMs: policy.freshMinMs,
    receivedAtMs: nowMs,
    receiptId,
    traceparent: currentTraceparent(),
  });
  const items = parsed.alerts.map((one, index) => itemOf(one, fates.get(index), sourceId));
  await deps.intake.quarantine(quarantineOf(parsed, items, sourceId, nowMs));
  const { groupKey, truncated } = parsed;
  await deps.intake.noteSource(sourceId, { atMs: nowMs, groupKey, truncated, repeatIntervalMs });
  const receipt = receiptOf(items, { receiptId, sourceId, receivedAtMs: nowMs, truncated });
  await deps.intake.putReceipt(receipt);
  return receipt;
}

function itemOf(
  parsed: ParsedDelivery['alerts'][number],
  accepted: ReceiptItem | undefined,
  sourceId: string,
): ReceiptItem {
  if (parsed.ok) {
    if (accepted !== undefined) return accepted;
    throw new DomainError('alert-without-fate', 'bug', 'An alert was parsed but not judged.');
  }
  const { reason, fingerprint } = parsed.rejection;
  const alertKey = alertKeyOf(sourceId, fingerprint);
  return { alertKey, fate: 'quarantine', seq: null, reason, caseId: null };
}

/** Aggregated before it is written: a thousand alike are one entry with a count. */
function quarantineOf(
  parsed: ParsedDelivery,
  items: readonly ReceiptItem[],
  sourceId: string,
  atMs: number,
): QuarantineEntry[] {
  const entries = new Map<string, QuarantineEntry>();
  for (const [index, { reason }] of items.entries()) {
    const one = parsed.alerts[index];
    if (reason === null || one === undefined) continue;
    const { fingerprint, sample }: Omit<Rejection, 'reason'> = one.ok ? one.alert : one.rejection;
    const name = `${reason}/${fingerprint}`;
    const count = (entries.get(name)?.count ?? 0) + 1;
    const instants = { firstAtMs: atMs, lastAtMs: atMs };
    entries.set(name, { sourceId, reason, fingerprint, sample, count, ...instants });
  }
  return [...entries.values()];
}

function receiptOf(
  items: ReceiptItem[],
  head: Pick<Receipt, 'receiptId' | 'sourceId' | 'receivedAtMs' | 'truncated'>,
): Receipt {
  const received = items.length;
  const duplicate = items.filter((item) => item.fate === 'repeat').length;
  const quarantined = items.filter((item) => item.fate === 'quarantine').length;
  const accepted = received - duplicate - quarantined;
  return { ...head, received, accepted, duplicate, quarantined, items };
}

/** The same delivery once more: what was accepted then is a duplicate now. */
function again(earlier: Receipt): Receipt {
  return { ...earlier, accepted: 0, duplicate: earlier.accepted + earlier.duplicate };
}

function answer(receipt: Receipt): RouteAnswer {
  const { receiptId, received, accepted, duplicate, quarantined, truncated } = receipt;
  const body: ReceiptBody = { receiptId, received, accepted, duplicate, quarantined, truncated };
  return {
    status: 202,
    headers: { location: receiptLocation(receiptId), 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

/** Alertmanager comes back after a 5xx only; a native sender honours 429. Other failures stay what they are. */
function shed(source: SourceConfig, error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const reason = String(error.details['reason'] ?? '');
  if (error.code !== 'overloaded' && !THROTTLES.has(reason)) return error;
  const code = source.kind === 'native' ? 'rate-limited' : 'overloaded';
  return new HttpProblem(code, 'Too much at once.', { headers: { 'retry-after': RETRY_AFTER_S } });
}
