import type { Times } from './lambda-times.ts';

const columns: readonly {
  readonly title: string;
  readonly value: (row: Times, beside: Times, empty: Times) => string;
}[] = [
  { title: 'call', value: ({ subject }) => subject.label },
  { title: 'KB at start', value: ({ startKb }) => startKb.toFixed(0) },
  { title: 'all KB', value: ({ bundleKb }) => bundleKb.toFixed(0) },
  { title: 'memory MB', value: ({ memoryMb }) => memoryMb.toFixed(0) },
  { title: 'start ms', value: ({ initMs }) => initMs.toFixed(0) },
  { title: 'first call ms', value: ({ firstMs }) => firstMs.toFixed(0) },
  { title: 'cold ms', value: (row) => coldMs(row).toFixed(0) },
  { title: 'of it CPU', value: ({ coldCpuMs }) => coldCpuMs.toFixed(0) },
  { title: '× empty', value: (row, _beside, empty) => ratio(coldMs(row), coldMs(empty)) },
  { title: '× bare', value: (row, beside) => ratio(coldMs(row), coldMs(beside)) },
  { title: 'warm p50 ms', value: ({ warmP50Ms }) => warmP50Ms.toFixed(1) },
  { title: 'p95 ms', value: ({ warmP95Ms }) => warmP95Ms.toFixed(1) },
  { title: '× bare', value: (row, beside) => ratio(row.warmP50Ms, beside.warmP50Ms) },
  { title: 'peak MB', value: ({ peakMb }) => peakMb.toFixed(0) },
];

/**
 * The times as one table in Markdown. Cold is start and first call together; `× bare` compares with the bare client that the
 * function's own work comes on top of, in the same run.
 */
export function lambdaTable(times: readonly Times[]): string {
  const of = (bundle: string): Times => {
    const row = times.find(({ subject }) => subject.bundle === bundle);
    if (row === undefined) throw new Error(`${bundle} was not measured.`);
    return row;
  };
  const empty = of('empty');
  const lines = [
    columns.map(({ title }) => title),
    ...times.map((row) => columns.map(({ value }) => value(row, of(row.subject.beside), empty))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]!.length)));
  const printed = lines.map((line) => {
    const cells = line.map((cell, index) => pad(cell, widths[index] ?? 0, index));
    return `| ${cells.join(' | ')} |`;
  });
  const rule = `|${widths.map((width, index) => rules(width, index)).join('|')}|`;
  return [printed[0], rule, ...printed.slice(1)].join('\n');
}

/** Text to the left, numbers to the right. */
function pad(cell: string, width: number, index: number): string {
  return index === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function rules(width: number, index: number): string {
  return index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`;
}

function coldMs({ initMs, firstMs }: Times): number {
  return initMs + firstMs;
}

function ratio(value: number, by: number): string {
  return (value / by).toFixed(1);
}
