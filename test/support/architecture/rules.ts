import path from 'node:path';
import { type ImportGraph, packagesReachedFrom, type ValueImport } from './import-graph.ts';

/** What the files under a folder may import as values; types are free. */
interface RoomRule {
  /** Folder, or a single file, that the rule speaks of; the longest match counts. */
  readonly room: string;
  /** Folders or files of the project it may import, besides itself. */
  readonly files: readonly string[];
  /** Packages: a name, a scope (`@middy/`) or `node:`. */
  readonly packages: readonly string[];
}

/**
 * The import table of ARCHITECTURE.md. Contracts may use the domain's pure parsers, so that a border
 * and the law cannot read the same text differently.
 */
export const table: readonly RoomRule[] = [
  { room: 'domain', files: [], packages: [] },
  { room: 'contracts', files: ['domain'], packages: ['zod', 'zod-openapi'] },
  {
    room: 'sources',
    files: ['domain', 'contracts'],
    packages: ['node:crypto', 'zod', 'standardwebhooks'],
  },
  {
    room: 'workflows',
    files: ['domain', 'contracts/temporal', 'contracts/temporal.ts'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  {
    room: 'activities',
    files: ['domain', 'contracts/temporal', 'contracts/temporal.ts'],
    packages: ['@temporalio/activity', 'node:crypto'],
  },
  // Each adapter has its own SDK and knows no other adapter.
  { room: 'adapters', files: [], packages: [] },
  {
    room: 'adapters/dynamodb',
    files: ['domain', 'contracts', 'adapters/aws-patience.ts'],
    packages: ['@aws-sdk/', '@smithy/', 'node:'],
  },
  { room: 'adapters/checks', files: ['domain', 'contracts'], packages: ['node:'] },
  {
    room: 'adapters/outbound',
    files: ['domain', 'contracts'],
    packages: ['standardwebhooks', 'node:'],
  },
  {
    room: 'adapters/secrets',
    files: ['domain', 'contracts', 'adapters/aws-patience.ts', 'adapters/recently-used.ts'],
    packages: ['@aws-sdk/', 'node:'],
  },
  // Sealing with KMS data keys, and the codec of Temporal's payloads made from it.
  {
    room: 'adapters/sealing',
    files: ['domain', 'contracts', 'adapters/aws-patience.ts', 'adapters/recently-used.ts'],
    packages: ['@aws-sdk/', '@temporalio/common', 'node:'],
  },
  // The list of running workflows, and how a lost one goes on.
  { room: 'adapters/temporal', files: ['domain', 'contracts'], packages: ['@temporalio/client'] },
  {
    room: 'functions',
    // The API answers with its own generated description.
    files: ['domain', 'contracts', 'sources', 'docs/reference/openapi.json'],
    packages: ['@middy/', '@aws-lambda-powertools/', '@opentelemetry/api', 'jose', 'zod', 'node:'],
  },
  {
    room: 'infra',
    files: [],
    packages: ['aws-cdk-lib', 'constructs', 'cdk-nag', 'node:'],
  },
  { room: 'apps/cli', files: ['contracts'], packages: ['commander', 'node:'] },
  // Commands of whoever runs an installation: Temporal's namespace and versions, the law, sources and their secrets.
  {
    room: 'apps/ops',
    files: ['domain', 'contracts', 'adapters'],
    packages: ['@temporalio/', '@aws-sdk/', 'commander', 'node:'],
  },
  { room: 'apps/console', files: ['contracts'], packages: ['preact', '@preact/', 'uplot'] },
  {
    room: 'apps/worker',
    files: ['domain', 'contracts', 'activities', 'adapters'],
    packages: ['@temporalio/', '@aws-lambda-powertools/metrics', '@opentelemetry/', 'node:'],
  },
  {
    room: 'apps/local',
    files: [
      ...['domain', 'contracts', 'sources', 'functions', 'adapters', 'activities', 'apps/worker'],
      // A namespace is set up on one machine as everywhere.
      'apps/ops/temporal',
    ],
    packages: ['@temporalio/', '@aws-sdk/', 'commander', 'jose', 'standardwebhooks', 'node:'],
  },
  { room: 'apps/local/start.mjs', files: ['scripts/launch.mjs'], packages: [] },
  {
    room: 'scripts',
    files: ['contracts', 'adapters/dynamodb/tables.ts'],
    packages: ['esbuild', '@temporalio/worker', 'node:'],
  },
];

/** Only this file of the functions loads the Temporal client, which costs 1.4 MB and 250 ms. */
const temporalClientFile = 'functions/shared/temporal.ts';

/** Files that only tests use: they may import more than their room, and nothing else imports them. */
export function isTestFile(file: string): boolean {
  const name = path.posix.basename(file);
  return file.startsWith('test/') || name.endsWith('.test.ts') || /^test-.*\.ts$/.test(name);
}

const isUnder = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`);

function ruleFor(file: string): RoomRule | undefined {
  return table
    .filter(({ room }) => isUnder(file, room))
    .sort((a, b) => b.room.length - a.room.length)[0];
}

function isAllowed({ from, to, isPackage }: ValueImport, rule: RoomRule): boolean {
  if (isPackage) {
    if (from === temporalClientFile && to.startsWith('@temporalio/')) return true;
    return rule.packages.some(
      (name) => to === name || to.startsWith(/[/:]$/.test(name) ? name : `${name}/`),
    );
  }
  // A folder's compose.ts puts the adapters behind the ports.
  const mayCompose = rule.room === 'functions' && path.posix.basename(from) === 'compose.ts';
  if (mayCompose && isUnder(to, 'adapters')) return true;
  return [rule.room, ...rule.files].some((folder) => isUnder(to, folder));
}

/** Every import that the table does not allow, as sentences. */
export function tableViolations(graph: ImportGraph): string[] {
  return graph.imports.flatMap((edge) => {
    const { from, to, isPackage } = edge;
    if (isTestFile(from)) return [];
    if (!isPackage && isTestFile(to)) return [`${from} imports ${to}, which only tests may`];
    const rule = ruleFor(from);
    if (rule === undefined) return [`${from} lies in no room of the import table`];
    return isAllowed(edge, rule) ? [] : [`${from} may not import ${to}`];
  });
}

/** What must not be loaded even through other files: by room or function, with the reason. */
const unreachable = [
  {
    from: 'workflows',
    packages: /^(zod|node:.*|@aws-sdk\/.*)$/,
    why: 'workflow code is deterministic and small',
  },
  {
    from: 'functions/receive-alert',
    packages: /^@temporalio\//,
    why: 'accepting an alert must not pay for the Temporal client',
  },
] as const;

/** Packages that a room reaches through other files although it must not. */
export function reachViolations(graph: ImportGraph): string[] {
  return unreachable.flatMap(({ from, packages, why }) =>
    graph.files
      .filter((file) => isUnder(file, from) && !isTestFile(file))
      .flatMap((file) =>
        [...packagesReachedFrom(graph, file)]
          .filter((name) => packages.test(name))
          .map((name) => `${file} reaches ${name}, but ${why}`),
      ),
  );
}
