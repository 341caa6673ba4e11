import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { canonicalJson } from '../canonical-json.ts';
import { newCaseState } from '../case/open.ts';
import { judge } from '../law/gate.ts';
import { rungOf } from '../law/pin.ts';
import { aSource, DAY_MS, firing, HOUR_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import type { AlertHead } from '../observation.ts';
import { MOST_CHARACTERS } from './bounded.ts';
import { recordDecision } from './build.ts';
import type { GateAsked } from './record.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const MOST_BYTES = 400_000;

/** Alerts whose names and instants nothing compresses, each with the longest history a head has. */
function awkwardHeads(count: number): AlertHead[] {
  return Array.from({ length: count }, (_, index) => {
    const name = sha256(`alert ${index}`);
    const instants = Array.from({ length: 128 }, (_, at) =>
      Number.parseInt(sha256(`${index} ${at}`).slice(0, 9), 16),
    ).sort((a, b) => a - b);
    const intervals = Array.from({ length: 64 }, (_, at) => ({
      fromMs: T0 + (instants[2 * at] ?? 0),
      toMs: T0 + (instants[2 * at + 1] ?? 0),
    }));
    const head = firing('monitor', `node-${name.slice(0, 20)}`, T0, T0 + DAY_MS, { intervals });
    return { ...head, alertKey: `monitor/${name}` };
  });
}

function recordOf(heads: AlertHead[]) {
  const law = lawOf('performance');
  const rung = rungOf(law, 'W');
  const nowMs = T0 + DAY_MS + HOUR_MS;
  const input: GateAsked['input'] = {
    nowMs,
    rung,
    heads,
    sources: [aSource('monitor')],
    controlGroup: 'g',
    probes: [],
    oldestUndeliveredMs: null,
    confirmingKeys: new Set(heads.map(({ alertKey }) => alertKey)),
  };
  const verdict = judge({ ...input, law, named: null });
  const state = newCaseState({
    networkId: 'main',
    caseId: 'c',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'g',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  return recordDecision(
    { kind: 'imposed', decisionId: 'c-W', state: { ...state, law }, rung, nowMs, sha256 },
    {
      words: { what: '', why: '', impact: [], objection: [] },
      inputs: {
        gate: { law: null, input, questions: [{ noticeId: null, named: null, verdict }] },
      },
    },
  );
}

it('keeps all alerts of a case with many', () => {
  const record = recordOf(awkwardHeads(200));
  expect(record.inputs.cut).toEqual([]);
  expect(record.inputs.gate?.input.heads).toHaveLength(200);
});

it('fits into a stored item whatever comes, and says what was left out', () => {
  const heads = awkwardHeads(3_000);
  const record = recordOf(heads);
  expect(record.inputs.cut).toMatchObject([{ list: 'heads', count: 3_000 }]);
  expect(record.inputs.cut[0]?.sha256).toBe(sha256(canonicalJson(heads)));
  const text = canonicalJson(record);
  expect(text.length).toBeLessThan(MOST_CHARACTERS);
  expect(gzipSync(text).length).toBeLessThan(MOST_BYTES / 2);
});

it('packs the largest record that it does not cut into a stored item', () => {
  let count = 200;
  while (recordOf(awkwardHeads(count + 10)).inputs.cut.length === 0) count += 10;
  const packed = gzipSync(canonicalJson(recordOf(awkwardHeads(count)))).length;
  expect(packed).toBeLessThan(0.9 * MOST_BYTES);
});
