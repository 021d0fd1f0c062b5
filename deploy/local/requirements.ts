import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { runTool, type ToolAnswer } from './run-tool.ts';

/** A program that must be installed, how its version is found, and how it is installed. */
interface Requirement {
  readonly name: string;
  readonly minimum: readonly [major: number, minor: number];
  readonly debian: string;
  readonly macos: string;
  version(): Promise<string | undefined>;
}

/** Which programs to look at; the default looks at those on this machine. */
export interface RequirementProbe {
  /** Node's own version, such as `20.6.0`. */
  readonly nodeVersion?: string;
  /** The Java program. */
  readonly java?: string;
  /** The Maven program, or null where it is not needed because everything has been fetched. */
  readonly maven?: string | null;
}

/** The Java program: JAVA_HOME's where that is set and has one, else the one on the PATH. */
export function javaCommand(env: NodeJS.ProcessEnv = process.env): string {
  const own = env.JAVA_HOME === undefined ? undefined : join(env.JAVA_HOME, 'bin', 'java');
  return own !== undefined && existsSync(own) ? own : 'java';
}

/**
 * Checks that the programs which the local stack needs are there: Node 20.6, Java 17 and, unless everything has been fetched, Maven 3.6.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING: one line naming each missing program, the version found and the commands that install it
 */
export async function checkRequirements({
  nodeVersion = process.versions.node,
  java = javaCommand(),
  maven = 'mvn',
}: RequirementProbe = {}): Promise<void> {
  const requirements: Requirement[] = [
    {
      name: 'Node.js',
      minimum: [20, 6],
      debian: 'https://nodejs.org or nvm install 20',
      macos: 'brew install node@20',
      version: async () => nodeVersion,
    },
    {
      name: 'Java',
      minimum: [17, 0],
      debian: 'sudo apt-get install openjdk-17-jre-headless',
      macos: 'brew install openjdk@17',
      version: async () => versionIn(await runTool(java, ['-version']), /version "([\d.]+)/),
    },
  ];
  if (maven !== null) {
    requirements.push({
      name: 'Maven',
      minimum: [3, 6],
      debian: 'sudo apt-get install maven',
      macos: 'brew install maven',
      version: async () => versionIn(await runTool(maven, ['-v']), /Apache Maven ([\d.]+)/),
    });
  }
  const problems = (await Promise.all(requirements.map(problemWith))).filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new EpeeError('STACK_REQUIREMENT_MISSING', problems.join('; '), { stage: 'stack' });
}

/** Whether a dotted version reaches a minimum of major and minor; Java's old `1.8` style counts as 1. */
export function reaches(version: string, [major, minor]: readonly [number, number]): boolean {
  const [foundMajor = 0, foundMinor = 0] = version.split('.').map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

function versionIn({ exitCode, output }: ToolAnswer, pattern: RegExp): string | undefined {
  return exitCode === 0 ? pattern.exec(output)?.[1] : undefined;
}

async function problemWith({ name, minimum, debian, macos, version }: Requirement): Promise<string | undefined> {
  const found = await version();
  if (found !== undefined && reaches(found, minimum)) return undefined;
  const wanted = minimum[1] === 0 ? `${minimum[0]}` : minimum.join('.');
  return `${name} ${wanted} or newer is needed (${found === undefined ? 'none was found' : `found ${found}`}): install it with \`${debian}\` (Debian, Ubuntu) or \`${macos}\` (macOS)`;
}
