import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Changes an assembly where ministack lacks something, and nowhere else. Each change leaves the resource where it is; what the emulator
 * cannot judge is asserted on the templates themselves (infra/stacks).
 */
export function makeEmulable(assembly: string): void {
  for (const name of readdirSync(assembly).filter((file) => file.endsWith('.template.json'))) {
    const file = path.join(assembly, name);
    const template: unknown = JSON.parse(readFileSync(file, 'utf8'), (key, value) => {
      if (key === 'Condition' && asksForContext(value)) return undefined;
      return isRecord(value) && value['Type'] === ALARM ? withOneMetric(value) : value;
    });
    writeFileSync(file, JSON.stringify(template, null, 1));
  }
}

/** Begin of condition keys that ministack does not know: a statement that asks for one never allows anything there. */
const UNKNOWN_KEY = 'kms:EncryptionContext:';

function asksForContext(condition: unknown): boolean {
  return JSON.stringify(condition ?? null).includes(`"${UNKNOWN_KEY}`);
}

const ALARM = 'AWS::CloudWatch::Alarm';

/** ministack makes no alarm that calculates with several metrics: it watches the first of them instead. */
function withOneMetric(alarm: Record<string, unknown>): Record<string, unknown> {
  const { Metrics, ...rest } = alarm['Properties'] as Record<string, unknown>;
  if (!Array.isArray(Metrics)) return alarm;
  const [stat] = Metrics.flatMap((metric) => metric.MetricStat ?? []);
  const { Metric, Period, Stat } = stat;
  const statistic = /^p\d/.test(Stat) ? { ExtendedStatistic: Stat } : { Statistic: Stat };
  return { ...alarm, Properties: { ...rest, ...Metric, Period, ...statistic } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
