import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillQuery, queryPrometheus, querySamples } from './promql.ts';
import { startTestServer } from './test-server.ts';

describe('filling a query', () => {
  const query = 'up{participant="$participant",resource="$resource"}';

  it('puts ids in as they are', () => {
    expect(fillQuery(query, { participant: 'provider-1', resource: 'gpu_7' })).toEqual({
      query: 'up{participant="provider-1",resource="gpu_7"}',
    });
  });

  it.each([
    ['a quote', 'a"} or vector(1) #', 'a\\U00000022\\U0000007d\\U00000020or'],
    ['a backslash', 'a\\', 'a\\U0000005c'],
    ['a line end', 'a\nb', 'a\\U0000000ab'],
    ['another placeholder', '$resource', '\\U00000024resource'],
  ])('keeps %s inside the string', (_, participant, shown) => {
    const filled = fillQuery(query, { participant, resource: 'r' });
    expect(filled.query).toContain(shown);
    expect(filled.query?.match(/"/g)).toHaveLength(4);
  });

  it.each([
    ['a raw string', 'up{participant=`$participant`}'],
    ['a regular expression', 'up{participant=~"$participant"}'],
    ['a negated regular expression', "up{participant!~'x|$participant'}"],
    ['a resource where none is looked at', query],
  ])('refuses %s', (_, bad) => {
    expect(fillQuery(bad, { participant: 'p', resource: null }).query).toBeNull();
  });
});

describe('an instant query', () => {
  let url: string;
  let close: () => Promise<void>;
  const asked: string[] = [];
  let status = 200;
  let body = '';
  beforeAll(async () => {
    ({ url, close } = await startTestServer((request, response) => {
      let sent = '';
      request.on('data', (chunk) => {
        sent += chunk;
      });
      request.on('end', () => {
        asked.push(`${request.method} ${request.url} ${new URLSearchParams(sent).get('query')}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    }));
  });
  afterAll(() => close());

  const vector = (...values: string[]) =>
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'vector',
        result: values.map((value) => ({ metric: {}, value: [1, value] })),
      },
    });

  async function ask(answer: string, withStatus = 200) {
    status = withStatus;
    body = answer;
    return queryPrometheus(`${url}/`, 'up{a="b"}', 2_000);
  }

  it.each([
    ['one sample of one', vector('1'), true],
    ['several non-zero samples', vector('1', '0.5', '+Inf'), true],
    ['a zero', vector('0'), false],
    ['a zero among others', vector('1', '0'), false],
    ['an empty vector', vector(), null],
    ['a sample that is no number', vector('NaN'), null],
    ['a scalar', '{"status":"success","data":{"resultType":"scalar","result":[1,"0"]}}', false],
    ['a matrix', '{"status":"success","data":{"resultType":"matrix","result":[]}}', null],
    ['an error', '{"status":"error","errorType":"bad_data"}', null],
    ['no JSON', 'Bad gateway', null],
  ])('judges %s', async (_, answer, healthy) => {
    expect((await ask(answer)).healthy).toBe(healthy);
  });

  it.each([400, 422, 500, 503])('says nothing when the server answers %i', async (code) => {
    expect((await ask(vector('0'), code)).healthy).toBeNull();
  });

  it('says nothing when the answer has no end', async () => {
    expect((await ask(vector(...Array.from({ length: 60_000 }, () => '1')))).healthy).toBeNull();
  });

  it('lists the labels of what is not zero', async () => {
    status = 200;
    const sample = (node: string, value: string) => ({ metric: { node }, value: [1, value] });
    const result = [sample('a', '1'), sample('b', '0'), sample('c', 'NaN'), sample('d', '0.2')];
    body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
    expect(await querySamples(url, 'idle', 2_000)).toEqual([{ node: 'a' }, { node: 'd' }]);
  });

  it.each([
    ['a matrix', '{"status":"success","data":{"resultType":"matrix","result":[]}}', 200],
    ['an error', '{"status":"error","errorType":"bad_data"}', 200],
    ['no JSON', 'Bad gateway', 200],
    ['a failure', vector('1'), 503],
  ])('knows of no samples, not of none, after %s', async (_, answer, code) => {
    status = code;
    body = answer;
    expect(await querySamples(url, 'idle', 2_000)).toBeNull();
  });

  it('asks the instant query of the server', async () => {
    await ask(vector('1'));
    expect(asked.at(-1)).toBe('POST /api/v1/query up{a="b"}');
  });

  it('says nothing when nobody listens', async () => {
    const gone = await startTestServer(() => {});
    await gone.close();
    expect((await queryPrometheus(gone.url, 'up', 1_000)).healthy).toBeNull();
  });

  it('says nothing when the server is silent', async () => {
    const silent = await startTestServer(() => {});
    expect((await queryPrometheus(silent.url, 'up', 150)).healthy).toBeNull();
    await silent.close();
  });
});
