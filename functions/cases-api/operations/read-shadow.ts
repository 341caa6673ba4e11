import type { readShadow as operation } from '../../../contracts/http/shadow.ts';
import { instantToWire, toWire } from '../../../contracts/wire.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { shadowReport } from '../../../domain/shadow/report.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { CasesApiDeps } from '../deps.ts';

type Read = typeof operation;

/** How far a report looks back when it is not told. */
const LOOKS_BACK_MS = 30 * 86_400_000;

/** One answer sums up this many cases, or a page more: what a function reads of them fits its time and memory. */
const MOST_CASES = 1_000;
const CASES_AT_ONCE = 200;
/** Filtered pages may be short: so often at most the store is asked for one answer. */
const MOST_PAGES = 10;

/** Sums up what violation types in shadow would have done, from the records of their cases alone (design §6). */
export async function readShadow(
  deps: Pick<CasesApiDeps, 'cases'>,
  call: Call<Read>,
): Promise<Reply<Read>> {
  const { violationType, from, to, cursor: first } = call.query;
  const openedToMs = to === undefined ? call.nowMs : Date.parse(to);
  const openedFromMs = from === undefined ? openedToMs - LOOKS_BACK_MS : Date.parse(from);
  if (openedFromMs > openedToMs) {
    const errors = [{ pointer: '/query/from', code: 'too-big' }];
    throw new HttpProblem('invalid-request', '`from` lies after `to`.', { errors });
  }
  const query = {
    shadow: true,
    openedFromMs,
    openedToMs,
    limit: CASES_AT_ONCE,
    ...(violationType !== undefined && { violationType }),
  };
  const records: CaseRecord[] = [];
  let cursor: string | null = first ?? null;
  for (let pages = 0; pages < MOST_PAGES && records.length < MOST_CASES; pages++) {
    const page = await deps.cases.list({ ...query, ...(cursor !== null && { cursor }) });
    records.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return {
    body: {
      from: instantToWire(openedFromMs),
      to: instantToWire(openedToMs),
      cases: records.length,
      types: toWire(shadowReport(records)),
      nextCursor: cursor,
    },
  };
}
