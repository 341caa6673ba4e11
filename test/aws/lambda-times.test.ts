import { afterAll, beforeAll, expect, it } from 'vitest';
import { functionNames } from '../../scripts/bundle-functions.ts';
import { type Deployed, deployedFunctions } from '../bench/deployed.ts';
import { baselines, lambdaSubjects, type Subject } from '../bench/lambda-subjects.ts';
import { lambdaTable } from '../bench/lambda-table.ts';
import { measure } from '../bench/lambda-times.ts';
import { type LambdaSite, openLambdaSite } from '../support/aws/lambda-site.ts';
import { lambdaRuntime } from '../support/parts/lambda-runtime.ts';
import { projectDir } from '../support/run/budgets.ts';

/** Cold and warm times of every bundle beside bare clients, printed and not judged: this machine is not Lambda, and is shared. */

let site: LambdaSite;
let subjects: Subject[];
let deployed: ReadonlyMap<string, Deployed>;

beforeAll(async () => {
  await lambdaRuntime((line) => process.stderr.write(`${line}\n`));
  deployed = deployedFunctions();
  site = await openLambdaSite(baselines);
  subjects = await lambdaSubjects(site);
});
afterAll(() => site?.close());

it('has every function as it is deployed', () => {
  const measured = new Set(subjects.map(({ bundle }) => bundle));
  for (const name of functionNames(projectDir)) {
    expect(measured, `give functions/${name} a call in test/bench/lambda-subjects.ts`).toContain(
      name,
    );
    expect(deployed.get(name), `functions/${name} is in no template`).toMatchObject({
      memoryMb: expect.any(Number),
      timeoutMs: expect.any(Number),
    });
  }
});

it('prints what each call costs, cold and warm, and stays within its memory', async () => {
  const howMuch = { coldStarts: 3, warmCalls: 40 };
  const times = await measure(site, subjects, deployed, howMuch);
  process.stdout.write(`\n${lambdaTable(times)}\n`);
  expect(times.map(({ subject }) => subject)).toEqual(subjects);
  for (const { peakMb, memoryMb, warmP50Ms } of times) {
    expect(warmP50Ms).toBeGreaterThan(0);
    expect(peakMb).toBeLessThan(memoryMb);
  }
});
