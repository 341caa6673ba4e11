import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { parseDurationMs } from '../../../domain/duration.ts';
import type { RungId } from '../../../domain/violation.ts';
import { Scene, type Surroundings, type Violation } from './scene.ts';

/** One path through a case, from its first alert until nothing is left to do, as its surroundings act it out. */
export type Story = (around: Surroundings) => Promise<CaseRecord>;

/** A node goes down; the network's own probe sees it as well as one monitor. */
export const DOWNTIME: Violation = {
  violationType: 'downtime',
  severity: 'minor',
  monitors: 1,
};

const COMPROMISE: Violation = {
  violationType: 'node-compromise',
  severity: 'critical',
  monitors: 2,
};

const DEMO_POLICY = new URL('../../../policies/demo.json', import.meta.url);

async function play(
  around: Surroundings,
  violation: Violation,
  act: (scene: Scene) => Promise<void>,
): Promise<CaseRecord> {
  const scene = new Scene(around, violation);
  try {
    await act(scene);
    return await scene.until('the case is settled', isSettled, 300_000);
  } finally {
    await scene.close();
  }
}

/** Ended, and no money or probation left to wait for. */
export function isSettled(record: CaseRecord): boolean {
  return record.stage === 'ended' && record.nextDeadlineMs === null;
}

/** The participant was told what comes next. */
export function isAnnounced(record: CaseRecord): boolean {
  return record.announcementServedAtMs !== null;
}

/** The first record that is seen; a busy machine may look when the case has already gone on. */
const isOpen = () => true;

/** The rung was imposed, whatever came after it. */
const isAt = (rung: RungId) => (record: CaseRecord) =>
  record.imposed.some((step) => step.rung === rung);

const inStage = (stage: CaseRecord['stage']) => (record: CaseRecord) => record.stage === stage;

/** Approves the open proposal, by each of these people. */
async function approve(scene: Scene, ...people: (string | undefined)[]): Promise<void> {
  const isProposed = ({ proposal }: CaseRecord) => proposal !== null;
  const { proposal } = await scene.until('a proposal is open', isProposed);
  if (proposal === null) return;
  const { proposalId, draftHash } = proposal;
  for (const person of people) {
    if (person === undefined) throw new Error('This cast has too few governors.');
    await scene.act(person, { kind: 'approve', proposalId, draftHash, reason: 'clear evidence' });
  }
}

/** The remedy is declared by the participant and confirmed by an operator. */
async function remedy(scene: Scene): Promise<void> {
  await scene.until('the violation is corrected', inStage('restoring'));
  await scene.act(scene.cast.owner, {
    kind: 'submitRemediation',
    cause: 'power supply',
    actions: 'replaced',
  });
  await scene.act(scene.cast.operator, { kind: 'confirmRemediation', note: 'seen on site' });
}

/** Places in the full path at which something may happen to the system. */
export type Moment = 'confirming' | 'correcting' | 'proposed' | 'restoring' | 'settlement';

/**
 * Warning, two penalties, severe on approval; corrected; appeal and audit; probation; everything final. `at` is called at each
 * moment, and the story goes on when it has come back.
 */
export function fullPathWith(at: (moment: Moment, record: CaseRecord) => Promise<void>): Story {
  return (around) =>
    play(around, DOWNTIME, async (scene) => {
      const { owner, operator, auditor, governors } = scene.cast;
      await scene.fire();
      await at('confirming', await scene.until('the case is open', isOpen));
      await at('correcting', await scene.until('P1 is imposed', isAt('P1')));
      await scene.act(operator, { kind: 'acknowledge', note: 'we look after it' });
      await scene.act(owner, { kind: 'answer', text: 'the rack lost power' });
      await at('proposed', await scene.until('S1 is proposed', inStage('proposed')));
      await approve(scene, governors[0]);
      await scene.until('S1 is imposed', isAt('S1'));
      await scene.clear();
      await at('restoring', await scene.until('it is corrected', inStage('restoring')));
      await remedy(scene);
      await scene.act(owner, { kind: 'appeal', grounds: 'repaired and tested' });
      await scene.act(auditor, { kind: 'recordFinding', result: 'pass', note: 'seen on site' });
      await at('settlement', await scene.until('access returns', inStage('ended')));
    });
}

/** The full path with nothing happening on the way. */
export const fullPath: Story = fullPathWith(async () => {});

/** Corrected within the grace of the first penalty: a warning and nothing else. */
export const selfHealed: Story = (around) =>
  play(around, DOWNTIME, async (scene) => {
    await scene.fire();
    await scene.until('P1 is announced', isAnnounced);
    await scene.clear();
    await scene.until('the case ends', inStage('ended'));
  });

/** Cleared within the allowance. */
export const unconfirmed: Story = (around) =>
  play(around, DOWNTIME, async (scene) => {
    await scene.fire();
    await scene.until('the case is open', isOpen);
    await scene.clear();
    await scene.until('the case ends', inStage('ended'));
  });

/** A critical compromise that nobody corrects: severe, then excluded by two governors. */
export const excluded: Story = (around) =>
  play(around, COMPROMISE, async (scene) => {
    const [first, second, third] = scene.cast.governors;
    await scene.fire();
    await approve(scene, first);
    await scene.until('S1 is imposed', isAt('S1'));
    await approve(scene, second, third);
    await scene.until('the participant is excluded', inStage('ended'));
    await scene.clear();
  });

/**
 * Excluded as in the story before. When its time is over the participant asks to return; the audit comes late, two governors agree, and the
 * exclusion becomes probation.
 */
export const readmitted: Story = (around) =>
  play(around, COMPROMISE, async (scene) => {
    const { owner, operator, auditor, reviewers, governors } = scene.cast;
    const [first, second, third] = governors;
    await scene.fire();
    await approve(scene, first);
    await scene.until('S1 is imposed', isAt('S1'));
    await approve(scene, second, third);
    const out = await scene.until('the participant is excluded', inStage('ended'));
    await scene.clear();
    const { readmission } = JSON.parse(readFileSync(DEMO_POLICY, 'utf8'));
    const readyAtMs = (out.endedAtMs ?? 0) + parseDurationMs(readmission.after);
    await sleep(Math.max(0, readyAtMs - Date.now()) + 2_000);
    await scene.act(owner, { kind: 'askReadmission', grounds: 'rebuilt from the ground up' });
    const cause = { cause: 'a stolen key', actions: 'new keys, new hosts' };
    await scene.act(owner, { kind: 'submitRemediation', ...cause });
    await scene.act(operator, { kind: 'confirmRemediation', note: 'seen on site' });
    const asked = await scene.until('it is in restoration', inStage('restoring'));
    await approve(scene, first, second);
    const isLate = (record: CaseRecord) => record.nextDeadlineMs !== asked.nextDeadlineMs;
    await scene.until('the audit is overdue', isLate);
    for (const person of [auditor, reviewers[0] ?? auditor])
      await scene.act(person, { kind: 'recordFinding', result: 'pass', note: 'clean' });
    await scene.until('access returns', (record) => record.outcome === 'reinstated');
  });

/** A proposal that nobody approves: the stake goes back, a person raises a rung, and then it is corrected. */
export const lapsed: Story = (around) =>
  play(around, { ...DOWNTIME, severity: 'major' }, async (scene) => {
    const [governor] = scene.cast.governors;
    await scene.fire();
    await scene.until('S1 is proposed', inStage('proposed'));
    const back = await scene.until('the proposal lapsed', inStage('correcting'));
    // Time alone goes no further: the governors are asked, and asked again at the next deadline.
    const isAsked = (record: CaseRecord) => record.nextDeadlineMs !== back.nextDeadlineMs;
    await scene.until('the governors are asked', isAsked);
    await scene.act(governor, { kind: 'addNote', text: 'nobody was there to decide' });
    await scene.act(governor, { kind: 'propose', what: 'rung', rung: 'P1', reason: 'still down' });
    await scene.until('P1 is announced', isAnnounced);
    await scene.clear();
    await scene.until('the case ends', inStage('ended'));
  });

/** A governor vetoes a penalty and two reviewers confirm the veto: the case stays below it. */
export const vetoed: Story = (around) =>
  play(around, { ...COMPROMISE, severity: 'minor' }, async (scene) => {
    const { operator, governors, reviewers } = scene.cast;
    await scene.fire();
    const { proposal } = await scene.until('P2 is proposed', inStage('proposed'));
    if (proposal === null) throw new Error('A proposed case has a proposal.');
    const draft = { proposalId: proposal.proposalId, draftHash: proposal.draftHash };
    const reason = 'the evidence is weak';
    await scene.act(governors[0], { kind: 'veto', ...draft, stance: 'veto', reason });
    for (const reviewer of reviewers) {
      await scene.act(reviewer, { kind: 'veto', ...draft, stance: 'confirm', reason });
    }
    await scene.until('the case is back at P1', inStage('correcting'));
    await scene.clear();
    await scene.until('the violation is corrected', inStage('restoring'));
    await scene.act(operator, { kind: 'requestChecks' });
    await remedy(scene);
    await scene.until('access returns', inStage('ended'));
  });

/** Two persons dismiss the case before a penalty. */
export const dismissed: Story = (around) =>
  play(around, DOWNTIME, async (scene) => {
    await scene.fire();
    await scene.until('P1 is announced', isAnnounced);
    await scene.act(scene.cast.operator, {
      kind: 'propose',
      what: 'dismiss',
      reasonCode: 'platform-fault',
      reason: 'our own switch',
    });
    await approve(scene, scene.cast.governors[0]);
    await scene.until('the case ends', inStage('ended'));
    await scene.clear();
  });

/** The participant disputes what was imposed at a rung. Returns the dispute's id. */
async function dispute(scene: Scene, rung: RungId): Promise<string> {
  const { imposed } = await scene.until(`${rung} is imposed`, isAt(rung));
  const decisionId = imposed.find((step) => step.rung === rung)?.decisionId ?? '';
  const { owner } = scene.cast;
  await scene.act(owner, { kind: 'openDispute', decisionId, grounds: 'the probe was wrong' });
  const { disputes } = await scene.until('it is disputed', (record) => record.disputes.length > 0);
  return disputes.at(-1)?.disputeId ?? '';
}

/**
 * A penalty is disputed, its first panel does not decide, the second overturns it; a second case, which it had lifted, is reckoned anew and
 * ends milder.
 */
export const overturned: Story = async (around) => {
  const first = new Scene(around, DOWNTIME);
  const second = new Scene(around, {
    ...DOWNTIME,
    violationType: 'subpar-delivery',
    monitors: 2,
  });
  try {
    await first.fire();
    const disputeId = await dispute(first, 'P1');
    await first.clear();
    await remedy(first);
    await first.until('access returns', inStage('ended'));
    await second.fire();
    await second.until('P2 is imposed', isAt('P2'));
    await first.until('the panel was replaced', ({ disputes }) => disputes[0]?.panel === 2);
    await first.act(first.cast.reviewers[0], {
      kind: 'decideDispute',
      disputeId,
      result: 'overturned',
      toRung: null,
      reasonCode: 'evidence',
      reason: 'the probe had lost its network',
    });
    await second.until('it is reckoned anew', ({ imposed }) =>
      imposed.some((step) => step.reducedFrom === 'P2'),
    );
    await second.clear();
    await remedy(second);
    return await second.until('the case is settled', isSettled, 300_000);
  } finally {
    await first.close();
    await second.close();
  }
};

/** A severe decision is disputed, and nobody ever decides: its money goes back at the hard stop. */
export const undecided: Story = (around) =>
  play(around, { ...DOWNTIME, severity: 'major' }, async (scene) => {
    const { owner, auditor, governors } = scene.cast;
    await scene.fire();
    await approve(scene, governors[0]);
    await dispute(scene, 'S1');
    await scene.clear();
    await remedy(scene);
    await scene.act(owner, { kind: 'appeal', grounds: 'repaired and tested' });
    await scene.act(auditor, { kind: 'recordFinding', result: 'pass', note: 'seen on site' });
    await scene.until('access returns', inStage('ended'));
  });

/** Every story by its name; histories are kept under these names. */
export const STORIES: Readonly<Record<string, Story>> = {
  'full-path': fullPath,
  'self-healed': selfHealed,
  unconfirmed,
  excluded,
  readmitted,
  lapsed,
  vetoed,
  dismissed,
  overturned,
  undecided,
};
