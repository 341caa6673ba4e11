import * as fc from 'fast-check';

/**
 * The same stories on every run, so that a red run is a change and not a chance. `FC_SEED=…` tells others; whoever looks for new ones by hand
 * takes many.
 */
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_122) });
