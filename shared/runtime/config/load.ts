import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { EpeeError } from '@epee/errors';
import { OPTIONS, type OptionName, type Settings, TEST_PREFIX } from './options.ts';
import { crossProblems } from './rules.ts';
import { suggest } from './suggest.ts';
import type { Option, ServiceName } from './types.ts';

/** Names and values as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What loading needs from outside; tests give their own. */
export interface LoadDeps {
  /** Reads a text file. */
  readonly readFile?: (path: string) => string;
  /** Cores that the process may use. */
  readonly cores?: () => number;
}

/** Settings of a service, with the content of the files that its `*_FILE` options name. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** Content by option name, without the line end that editors leave. */
  readonly files: ReadonlyMap<OptionName, string>;
  /** Cores that the process may use. */
  readonly cores: number;
  /** Names that the environment sets itself. */
  readonly given: ReadonlySet<string>;
}

const NAMES = Object.keys(OPTIONS) as OptionName[];

/**
 * Reads a service's options. Options of other services may be present and are not looked at; unknown `EPEE_` names are refused.
 * @throws EpeeError CONFIG_INVALID with every problem at once; secrets are never quoted
 */
export function loadConfig(env: Environment, service: ServiceName, deps: LoadDeps = {}): LoadedSettings {
  const problems = unknownNames(env);
  const settings = {} as Record<OptionName, unknown>;
  for (const name of NAMES) settings[name] = readOption(name, env, service, problems);
  const complete = settings as Settings;
  // A rule over a value that did not parse would only repeat the first problem in other words.
  if (problems.length === 0) problems.push(...crossProblems(complete));
  const files = readFiles(complete, service, deps.readFile ?? ((path) => readFileSync(path, 'utf8')), problems);
  if (problems.length > 0) throw invalid(service, problems);
  const given = new Set(NAMES.filter((name) => env[name] !== undefined));
  return Object.freeze({ settings: Object.freeze(complete), files, cores: (deps.cores ?? availableParallelism)(), given });
}

function unknownNames(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('EPEE_') && !name.startsWith(TEST_PREFIX) && !Object.hasOwn(OPTIONS, name))
    .sort()
    .map((name) => {
      const meant = suggest(name, NAMES);
      return `${name} is not an option${meant === null ? '' : `; did you mean ${meant}?`}`;
    });
}

function readOption(name: OptionName, env: Environment, service: ServiceName, problems: string[]): unknown {
  const option: Option<unknown> = OPTIONS[name];
  const text = option.services.includes(service) ? (env[name] ?? option.default) : option.default;
  const parsed = option.type.safeParse(text);
  if (parsed.success) return parsed.data;
  problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is not valid'}`);
  return undefined;
}

function readFiles(
  settings: Settings,
  service: ServiceName,
  readFile: (path: string) => string,
  problems: string[],
): Map<OptionName, string> {
  const files = new Map<OptionName, string>();
  for (const name of NAMES) {
    const path = settings[name];
    if (!name.endsWith('_FILE') || typeof path !== 'string' || !OPTIONS[name].services.includes(service)) continue;
    try {
      const content = readFile(path).replace(/\r?\n$/, '');
      if (content === '') problems.push(`${name} names ${path}, which is empty`);
      files.set(name, content);
    } catch (error) {
      problems.push(`${name} names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
    }
  }
  return files;
}

function invalid(service: ServiceName, problems: readonly string[]): EpeeError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new EpeeError(
    'CONFIG_INVALID',
    `The configuration of ${service} has ${count}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    {
      stage: 'config',
      details: { service, problems },
      hint: 'docs/CONFIGURATION.md lists every option.',
    },
  );
}
