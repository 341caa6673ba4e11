import { openLambdaSite } from '../support/aws/lambda-site.ts';
import { lambdaRuntime } from '../support/parts/lambda-runtime.ts';
import { deployedFunctions } from './deployed.ts';
import { baselines, lambdaSubjects } from './lambda-subjects.ts';
import { lambdaTable } from './lambda-table.ts';
import { measure } from './lambda-times.ts';

// node scripts/with-node.mjs test/bench/lambda.ts [cold starts] [warm calls]: cold and warm times of every bundle under Lambda's own
// runtime client, beside bare clients. Quiet machines tell more.

const [coldStarts = 15, warmCalls = 300] = process.argv.slice(2).map(Number);
const say = (line: string) => {
  process.stderr.write(`${line}\n`);
};

await lambdaRuntime(say);
say('Starting a store, a Temporal server and a worker, and bundling …');
const site = await openLambdaSite(baselines);
try {
  say(`Measuring ${coldStarts} cold starts and ${warmCalls} warm calls each …`);
  const subjects = await lambdaSubjects(site);
  const times = await measure(site, subjects, deployedFunctions(), { coldStarts, warmCalls });
  process.stdout.write(`${lambdaTable(times)}\n`);
} finally {
  await site.close();
}
