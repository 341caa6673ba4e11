import { expect, it } from 'vitest';
import { adminRoutes } from '../functions/admin-api/routes.ts';
import { casesRoutes } from '../functions/cases-api/routes.ts';
import { participantsRoutes } from '../functions/participants-api/routes.ts';
import { shapeOf } from './shape.ts';

/** Routes are bound, not served, so nothing behind them is touched. */
const nothing = {} as never;

it('sends every operation to the function that serves it', () => {
  const served = [
    ...casesRoutes(nothing).map(({ operation }) => ['cases-api', operation] as const),
    ...participantsRoutes(nothing).map(({ operation }) => ['participants-api', operation] as const),
    ...adminRoutes(nothing).map(({ operation }) => ['admin-api', operation] as const),
  ].map(([functionName, { method, path }]) => `${method} ${path} ${functionName}`);
  const shaped = shapeOf()
    .routes.filter(({ functionName }) => functionName !== 'receive-alert')
    .map(({ method, path, functionName }) => `${method} ${path} ${functionName}`);
  expect(shaped.toSorted()).toEqual(served.toSorted());
});
