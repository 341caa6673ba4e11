import type { CaseState, ChecksRun } from '../domain/case/state.ts';
import { parseUnits } from '../domain/money.ts';
import { bondedUnits } from '../domain/watch/shortfall.ts';
import { firingHeads, type Picture, takePicture } from './look.ts';
import { describeCheck } from './notices.ts';
import type { ActivityPorts } from './ports.ts';

/** What the heads and the type's cure check say together (rule A10). */
export interface CureView {
  picture: Picture;
  /** Some head that counts still fires. */
  firing: boolean;
  /** Every check of the violation type is positive; a check that cannot see is not. */
  cured: boolean;
  clearedAtMs: number;
  results: ChecksRun['results'];
}

/** Looks at heads and live checks together. Sources of the participant's own control group neither fire nor cure (rule B2). */
export async function curePicture(ports: ActivityPorts, state: CaseState): Promise<CureView> {
  const picture = await takePicture(ports, state, 'all');
  const own = new Set(
    picture.sources
      .filter((source) => source.ownerControlGroup === state.controlGroup)
      .map((source) => source.sourceId),
  );
  const counted = picture.heads.filter((head) => !own.has(head.sourceId));
  const firing = firingHeads(counted).length > 0;
  const results = await runChecks(ports, state, picture, firing);
  const clearedAtMs = counted.reduce((latest, head) => Math.max(latest, head.endsAtMs ?? 0), 0);
  return {
    picture,
    firing,
    cured: !firing && results.every((result) => result.passed),
    clearedAtMs,
    results,
  };
}

/** Every check of the type, one result each; a live check passes when all looks at all resources are positive. */
async function runChecks(
  ports: ActivityPorts,
  state: CaseState,
  picture: Picture,
  firing: boolean,
): Promise<ChecksRun['results']> {
  const results: ChecksRun['results'] = [];
  for (const check of state.law?.checks ?? []) {
    const name = describeCheck(check);
    if (check.kind === 'head') {
      results.push({
        check: name,
        passed: !firing,
        detail: firing ? 'an alert still fires' : 'every alert has resolved',
      });
    } else if (check.kind === 'stake') {
      results.push({ check: name, ...(await stakeCheck(ports, state)) });
    } else {
      const looks = picture.looks.filter(
        (look) => look.check === check.kind && look.group === check.group,
      );
      const bad = looks.find((look) => look.healthy !== true);
      results.push({
        check: name,
        passed: bad === undefined,
        detail: bad ? bad.detail : `${looks.length} looks were positive`,
      });
    }
  }
  return results;
}

/** Bonded stake, with what is held or pending counted in (rule C10), is at least the minimum (rule C4). */
export async function stakeCheck(
  ports: ActivityPorts,
  state: CaseState,
): Promise<{ passed: boolean; detail: string }> {
  const minimum = parseUnits(state.law?.minimumStakeUnits ?? '0');
  const { balances } = await ports.cases.snapshot(state.participantId);
  const bonded = bondedUnits(balances);
  return { passed: bonded >= minimum, detail: `bonded ${bonded}, minimum ${minimum}` };
}
