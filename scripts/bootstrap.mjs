// The first file that `npm run demo` and `npm test` run. It uses only syntax of old Node versions,
// so that they, too, answer with one clear line.
var found = process.versions.node.split('.').map(Number);

if (found[0] < 20 || (found[0] === 20 && found[1] < 19)) {
  console.error(
    'epee-stream needs Node.js 20.19 or newer, and this is Node.js ' +
      process.versions.node +
      '. Install it from https://nodejs.org or with `nvm install 24`, then run the same command again.',
  );
  process.exit(3);
} else {
  import('./bootstrap/run.mjs').then(
    (bootstrap) => bootstrap.run(process.argv.slice(2)),
    (error) => {
      console.error(error);
      process.exit(3);
    },
  );
}
