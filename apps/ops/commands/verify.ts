import type { Command } from 'commander';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { DomainError } from '../../../domain/errors.ts';
import { withStore } from '../installation.ts';
import type { Env, Out } from '../program.ts';
import { readJson } from '../read-file.ts';
import { openLocalStore } from '../verify/local-store.ts';
import { reportLines } from '../verify/report.ts';
import { isWhole, type VerificationReport, verifyLedger } from '../verify/verify-ledger.ts';

interface Options {
  case?: string;
  data?: string;
  against?: string;
  json?: true;
}

/** `ops verify-ledger`: every chain, balance and decision computed again from what is stored. */
export function addVerifyCommand(program: Command, env: Env, out: Out): void {
  program
    .command('verify-ledger')
    .description('Compute every chain, balance and decision again; exit code 1 if one differs')
    .option('--case <id>', 'only this case and the chain of its participant')
    .option('--data <folder>', 'of a stack that runs on this machine, instead of an installation')
    .option(
      '--against <file>',
      'an earlier report (--json): what was in a chain must be in it still',
    )
    .option('--json', 'the whole report as JSON, with the end of every chain')
    .action(async (options: Options) => {
      const earlier = options.against === undefined ? undefined : earlierOf(options.against);
      const report = await onStore(env, options, (store) =>
        verifyLedger(store, {
          ...(options.case !== undefined && { caseId: options.case }),
          ...(earlier !== undefined && { earlier }),
        }),
      );
      if (options.json) out.data(JSON.stringify(report, null, 2));
      else for (const line of reportLines(report)) out.data(line);
      if (isWhole(report)) return;
      throw new DomainError(
        'ledger-not-whole',
        'bug',
        'What is stored is not what was decided. Keep everything as it is, and compare it with a backup.',
      );
    });
}

/** Where no installation is named, the stack of this checkout is meant. */
function onStore<T>(env: Env, { data }: Options, work: (store: Store) => Promise<T>): Promise<T> {
  if (data === undefined && env['TABLE_PREFIX']) return withStore(env, work);
  const store = openLocalStore(data ?? '.data');
  return work(store).finally(() => store.client.destroy());
}

function earlierOf(file: string): VerificationReport {
  const json = readJson(file);
  const isReport =
    typeof json === 'object' &&
    json !== null &&
    'verifications' in json &&
    'v' in json &&
    json.v === 1;
  if (isReport) return json as unknown as VerificationReport;
  throw new DomainError(
    'file-unreadable',
    'caller',
    `${file} is no report of verify-ledger --json.`,
  );
}
