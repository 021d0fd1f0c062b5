import type { DemoStart } from '@epee/demo';
import { foldLines, noteLegend, noteText, styleFor, widthOf } from '@epee/terminal';
import { Command } from 'commander';
import { type CliContext, printReport, type Runner, watchOf } from '../context.ts';
import { jsonOption } from '../options.ts';

const EXAMPLES = `
Needs Java 17 and, for the first start, Maven. Everything runs on free ports
with its data in a temporary folder, and is stopped at the end.

Examples:
  epee demo
  EPEE_POLICY=full epee demo`;

/** `epee demo`: the samples' way through everything. */
export function demoCommand(run: Runner): Command {
  return new Command('demo')
    .description('start everything, send the sample notes through it, show their results, stop everything')
    .addOption(jsonOption('only the totals'))
    .addHelpText('after', EXAMPLES)
    .action(run(demo));
}

async function demo(context: CliContext, { json = false }: { readonly json?: boolean }): Promise<number> {
  const { arrivalRow, demandComplete, demonstrate, demoText, isComplete, LEGEND, resultHead } = await import('@epee/demo');
  const { env, stdout } = context;
  const [style, width] = [styleFor(stdout, env), widthOf(stdout)];
  const show = (text: string) => void (json || stdout.write(`${text}\n`));
  const report = await demonstrate(env, {
    ...watchOf(context),
    onStart: (start) => show(`\n${startText(start)}\n\n${LEGEND}\n\n${style.bold(resultHead(width))}`),
    onArrival: (arrival, seconds) => show(arrivalRow(arrival, seconds, width)),
    onLook: (text, result) =>
      show(
        foldLines(
          `\n${style.bold(`What was found in ${result.documentId}`)}\n${noteLegend(style)}\n\n${noteText(text, result, style)}`,
          width,
        ),
      ),
  });
  const colour = isComplete(report.agreement) ? style.good : style.bad;
  printReport(context, report, { json, words: (found) => `\n${colour(demoText(found))}` });
  demandComplete(report.agreement, report.logFolder);
  return 0;
}

const startText = ({ notes, images, apiUrl }: DemoStart) =>
  [
    `${notes} notes of deploy/samples go to POST ${apiUrl}notes`,
    ...(images === 0 ? [] : [`${images} images, drawn stand-ins, go to POST ${apiUrl}images`]),
  ].join('\n');
