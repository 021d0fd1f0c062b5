import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { runTool, type ToolAnswer } from './run-tool.ts';

/** A program that must be installed, and how to find its version and install it. */
interface Requirement {
  readonly name: string;
  readonly minimum: readonly [major: number, minor: number];
  readonly debian: string;
  readonly macos: string;
  version(): Promise<string | undefined>;
}

/** The programs to check; by default those of this machine. */
export interface RequirementProbe {
  /** Version of Node.js, for example `20.19.0`. */
  readonly nodeVersion?: string;
  /** The Java program. */
  readonly java?: string;
  /** The Maven program; null where everything is fetched already. */
  readonly maven?: string | null;
}

/** The Java program: the one of JAVA_HOME, else the one on the PATH. */
export function javaCommand(env: NodeJS.ProcessEnv = process.env): string {
  const own = env.JAVA_HOME === undefined ? undefined : join(env.JAVA_HOME, 'bin', 'java');
  return own !== undefined && existsSync(own) ? own : 'java';
}

/**
 * Checks the programs that the local stack needs: Node.js 20.19, Java 17 and, until everything is
 * fetched, Maven 3.6.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING with each missing program, the version found, and how
 * to install it, in one line
 */
export async function checkRequirements({
  nodeVersion = process.versions.node,
  java = javaCommand(),
  maven = 'mvn',
}: RequirementProbe = {}): Promise<void> {
  const requirements: Requirement[] = [
    {
      name: 'Node.js',
      minimum: [20, 19],
      debian: 'nvm install 24',
      macos: 'brew install node',
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

/**
 * Whether a dotted version is at least a minimum of major and minor; Java's old form `1.8` counts
 * as 1.
 */
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
