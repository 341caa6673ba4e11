import { expect, it } from 'vitest';
import { invocation } from './invocation.ts';
import { openMeter, SILENT_METER } from './metrics.ts';
import { writtenMetrics } from './test-written-metrics.ts';

const ENV = { POWERTOOLS_METRICS_NAMESPACE: 'SwarmSlashing' };

it('writes what one invocation counted and measured, under the service alone', async () => {
  const meter = openMeter('receive-alert', ENV);
  const [written, ...more] = await writtenMetrics(async () => {
    meter.count('AlertsAccepted', 2);
    meter.count('AlertsAccepted');
    meter.count('AlertsDuplicate', 0);
    meter.measure('AlertToCaseLatency', 40);
    meter.measure('AlertToCaseLatency', -1);
    meter.flush();
  });
  expect(more).toEqual([]);
  expect(written).toMatchObject({
    service: 'receive-alert',
    AlertsAccepted: 3,
    AlertsDuplicate: 0,
    AlertToCaseLatency: [40, 0],
    ColdStart: 1,
  });
  expect(written?._aws.CloudWatchMetrics).toMatchObject([
    { Namespace: 'SwarmSlashing', Dimensions: [['service']] },
  ]);
});

it('says a cold start once, begins each invocation at nothing, and writes nothing about nothing', async () => {
  const meter = openMeter('relay-observations', ENV);
  const written = await writtenMetrics(async () => {
    meter.count('ObservationsRelayed', 5);
    meter.flush();
    meter.flush();
    meter.count('RelayFailures');
    meter.flush();
  });
  expect(written).toHaveLength(2);
  expect(written[0]).toMatchObject({ ObservationsRelayed: 5, ColdStart: 1 });
  expect(written[1]).toMatchObject({ RelayFailures: 1 });
  expect(written[1]).not.toHaveProperty('ColdStart');
  expect(written[1]).not.toHaveProperty('ObservationsRelayed');
});

it('counts no cold start where instances are kept warm', async () => {
  const meter = openMeter('cases-api', {
    ...ENV,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency',
  });
  expect(await writtenMetrics(async () => meter.flush())).toEqual([]);
});

it('writes what was noted also when the invocation fails', async () => {
  const meter = openMeter('redeliver', ENV);
  const written = await writtenMetrics(async () => {
    const failing = invocation(meter, async () => {
      meter.count('RelayFailures', 3);
      throw new Error('out of memory');
    });
    await expect(failing).rejects.toThrow('out of memory');
  });
  expect(written).toMatchObject([{ RelayFailures: 3 }]);
});

it('is silent on one machine', async () => {
  const meter = openMeter('receive-alert', {});
  expect(meter).toBe(SILENT_METER);
  const written = await writtenMetrics(async () => {
    meter.count('AlertsAccepted');
    meter.measure('AlertToCaseLatency', 1);
    meter.flush();
  });
  expect(written).toEqual([]);
});
