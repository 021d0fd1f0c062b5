/**
 * Shows that a step runs: on a terminal one line with the seconds, elsewhere a line at its start
 * and one at its end.
 *
 * @param {string} what the step
 * @param {NodeJS.WriteStream} out
 * @returns {{note(text: string): void, end(how: string): void}}
 */
export function startProgress(what, out = process.stderr) {
  const startMs = performance.now();
  const seconds = () => `${Math.round((performance.now() - startMs) / 1000)} s`;
  const draw = () => out.write(`\r\x1b[2K${what} ... ${seconds()}`);
  if (!out.isTTY) out.write(`${what} ...\n`);
  else draw();
  const timer = out.isTTY ? setInterval(draw, 1000) : undefined;
  return {
    note(text) {
      out.write(out.isTTY ? `\r\x1b[2K${text}\n` : `${text}\n`);
    },
    end(how) {
      clearInterval(timer);
      out.write(out.isTTY ? `\r\x1b[2K${what}: ${how}, ${seconds()}\n` : `${what}: ${how}, ${seconds()}\n`);
    },
  };
}
