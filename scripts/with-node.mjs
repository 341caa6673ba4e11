// Runs a file of the project with the pinned Node: node scripts/with-node.mjs <file> [arguments].
import { launch } from './launch.mjs';

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('Usage: node scripts/with-node.mjs <file> [arguments]\n');
  process.exitCode = 2;
} else {
  launch(file, args);
}
