import type { Sha256 } from '../audit/chain.ts';
import { canonicalJson } from '../canonical-json.ts';
import { toPlain } from './exact.ts';
import type { Decision, DecisionInputs } from './record.ts';

/** Entries of a list that a record keeps for its reader when there are too many. */
export const MOST_LISTED = 100;

/** Characters of a whole record. Packed, that is well below the 400 KB of a stored item, whatever the alerts are called. */
export const MOST_CHARACTERS = 1_000_000;

/**
 * The decision as plain data, within its bounds: first the alerts give way, then the movements of a ledger, each leaving its first entries, its length and its
 * hash. Only what is computed from a cut list cannot be computed again; a hundred thousand repeats do not get there, some
 * thousand alerts of one case do.
 */
export function boundedPlain(decision: Decision, sha256: Sha256): PlainDecision {
  const whole = toPlain(decision);
  if (isSmall(whole)) return whole;
  const fewer = { ...decision, ...withoutAlerts(decision, sha256) };
  const told = toPlain(fewer);
  return isSmall(told) ? told : toPlain(withoutMovements(fewer, sha256));
}

type PlainDecision = ReturnType<typeof toPlain<Decision>>;

/** Sorted or not, the text has as many characters. */
function isSmall({ plain }: PlainDecision): boolean {
  return JSON.stringify(plain).length <= MOST_CHARACTERS;
}

function digest(list: unknown, sha256: Sha256): string {
  return sha256(canonicalJson(toPlain(list).plain));
}

function withoutAlerts(decision: Decision, sha256: Sha256): Pick<Decision, 'evidence' | 'inputs'> {
  const { evidence, inputs } = decision;
  const { gate } = inputs;
  if (gate === null) return { evidence, inputs };
  const { heads, probes, confirmingKeys } = gate.input;
  const cut: DecisionInputs['cut'][number] = {
    list: 'heads',
    count: heads.length,
    sha256: digest(heads, sha256),
  };
  const input = {
    ...gate.input,
    heads: heads.slice(0, MOST_LISTED),
    probes: probes.slice(0, MOST_LISTED),
    ...(confirmingKeys && { confirmingKeys: new Set([...confirmingKeys].slice(0, MOST_LISTED)) }),
  };
  const questions = gate.questions.map((question) =>
    question.verdict.verdict === 'pass'
      ? {
          ...question,
          verdict: {
            ...question.verdict,
            evidence: question.verdict.evidence.slice(0, MOST_LISTED),
          },
        }
      : question,
  );
  return {
    evidence: evidence && { ...evidence, looks: evidence.looks.slice(0, MOST_LISTED) },
    inputs: { ...inputs, gate: { ...gate, input, questions }, cut: [...inputs.cut, cut] },
  };
}

/** What a ledger of very many movements leaves of its lists. */
function withoutMovements(decision: Decision, sha256: Sha256): Decision {
  const { inputs } = decision;
  const { charge } = inputs;
  if (charge === null) return decision;
  const { snapshot } = charge.input;
  const cut: DecisionInputs['cut'] = [];
  const shortened = { ...snapshot };
  const shorten = (list: 'unpaidRewards' | 'deposits' | 'withdrawals' | 'cases') => {
    const whole = snapshot[list];
    if (whole.length <= MOST_LISTED) return;
    cut.push({ list, count: whole.length, sha256: digest(whole, sha256) });
    Object.assign(shortened, { [list]: whole.slice(0, MOST_LISTED) });
  };
  for (const list of ['unpaidRewards', 'deposits', 'withdrawals', 'cases'] as const) shorten(list);
  const input = { ...charge.input, snapshot: shortened };
  return {
    ...decision,
    inputs: { ...inputs, charge: { ...charge, input }, cut: [...inputs.cut, ...cut] },
  };
}
