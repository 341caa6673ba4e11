import { vi } from 'vitest';

/** One line of CloudWatch's embedded metric format. */
export type WrittenMetrics = Record<string, unknown> & {
  _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][] }[] };
};

/** Does something and returns the metrics that it wrote to standard output. */
export async function writtenMetrics(work: () => Promise<unknown>): Promise<WrittenMetrics[]> {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(String(chunk));
    return true;
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return lines
    .flatMap((chunk) => chunk.split('\n'))
    .filter((line) => line.includes('"_aws"'))
    .map((line) => JSON.parse(line));
}
