// npm start: begins on any Node from 20 on, installs what is missing, then runs the real program.
import { launch } from '../../scripts/launch.mjs';

launch('apps/local/main.ts', process.argv.slice(2));
