// npm test and npm run verify: begins on any Node from 20 on, then hands over to the runner.
import { launch } from '../scripts/launch.mjs';

launch('test/support/run/main.ts', process.argv.slice(2));
