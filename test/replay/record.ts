import path from 'node:path';
import { WITHDRAWAL } from '../../contracts/temporal.ts';
import { startRealParts } from '../support/chaos/real-parts.ts';
import { STORIES } from '../support/chaos/stories.ts';
import { runStory, type StoryRun } from '../support/chaos/story-run.ts';
import { hireCrew } from '../support/chaos/worker-crew.ts';
import { writeHistory } from './histories.ts';
import { playWithdrawal } from './withdrawal-story.ts';

/**
 * Records the histories that `replay.test.ts` replays: every story is played on the real server under the demo policy, all side
 * by side, and the histories of its workflows are written to `histories/`. Takes about three minutes, with the readmission eleven. Run by hand, see README.md.
 */
async function record(names: readonly string[]): Promise<void> {
  const parts = await startRealParts();
  const crew = hireCrew({ spares: 2, logPath: path.join(parts.folder, 'workers.log') });
  try {
    await Promise.all(
      names.map(async (name) => {
        if (name === WITHDRAWAL) {
          const { network, workflowId } = await playWithdrawal(parts, crew, name);
          const history = await network.client.workflow.getHandle(workflowId).fetchHistory();
          writeHistory(WITHDRAWAL, workflowId, history);
          return await network.close();
        }
        const story = STORIES[name];
        if (story === undefined) throw new Error(`There is no story "${name}".`);
        const run = await runStory(parts, crew, name, story);
        await save(name, run);
        await run.network.close();
        process.stdout.write(`${name}: ${run.record.outcome}\n`);
      }),
    );
  } finally {
    await crew.close();
    await parts.close();
  }
}

async function save(story: string, { network, workflowIds }: StoryRun): Promise<void> {
  const cases = [...new Set(workflowIds.map((workflowId) => workflowId.split('/').at(-1)))];
  for (const workflowId of workflowIds) {
    const [kind] = workflowId.split('/');
    const number = cases.indexOf(workflowId.split('/').at(-1));
    const name = number === 0 ? story : `${story}-${number + 1}`;
    const history = await network.client.workflow.getHandle(workflowId).fetchHistory();
    writeHistory(`${name}.${kind}`, workflowId, history);
  }
}

const chosen = process.argv.slice(2);
await record(chosen.length > 0 ? chosen : [...Object.keys(STORIES), WITHDRAWAL]);
