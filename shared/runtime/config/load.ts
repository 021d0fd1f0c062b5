import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { EpeeError } from '@epee/errors';
import { OPTIONS, type OptionName, type Settings, TEST_PREFIX } from './options.ts';
import { crossProblems } from './rules.ts';
import { suggest } from './suggest.ts';
import type { Option, ServiceName } from './types.ts';

/** Names and values, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Collaborators of {@link loadConfig}; tests replace them. */
export interface LoadDeps {
  /** Reads a text file. */
  readonly readFile?: (path: string) => string;
  /** Cores that the process may use. */
  readonly cores?: () => number;
}

/** Settings of a service, and the content of the files that its `*_FILE` options name. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** Content by option name, without a line end at the end. */
  readonly files: ReadonlyMap<OptionName, string>;
  /** Cores that the process may use. */
  readonly cores: number;
  /** Names that the environment sets. */
  readonly given: ReadonlySet<string>;
}

const NAMES = Object.keys(OPTIONS) as OptionName[];

/**
 * Reads the options of a service. It ignores options of other services and refuses unknown `EPEE_`
 * names.
 * @throws EpeeError CONFIG_INVALID with every problem at once; it never quotes secrets
 */
export function loadConfig(env: Environment, service: ServiceName, deps: LoadDeps = {}): LoadedSettings {
  const problems = unknownNames(env);
  const settings = {} as Record<OptionName, unknown>;
  for (const name of NAMES) settings[name] = readOption(name, env, service, problems);
  const complete = settings as Settings;
  // A rule over an invalid value would only repeat the first problem.
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
