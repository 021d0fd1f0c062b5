import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import { checkRequirements } from '../../../deploy/local/index.ts';
import { javaCommand, reaches } from '../../../deploy/local/requirements.ts';

describe('requirements of the local stack', () => {
  const dir = mkdtempSync(join(tmpdir(), 'epee-tools-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** A program that prints a text and ends. */
  const tool = (name: string, text: string, exitCode = 0) => {
    const path = join(dir, name);
    writeFileSync(path, `#!/bin/sh\ncat >&2 <<'TEXT'\n${text}\nTEXT\nexit ${exitCode}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const java17 = () => tool('java17', 'openjdk version "17.0.15" 2025-04-15');
  const maven3 = () => tool('maven3', 'Apache Maven 3.8.7');
  const problemOf = async (probe: Parameters<typeof checkRequirements>[0]): Promise<string> => {
    const error = await checkRequirements(probe).then(
      () => undefined,
      (thrown) => thrown,
    );
    assert.ok(error instanceof EpeeError && error.code === 'STACK_REQUIREMENT_MISSING', String(error));
    return error.message;
  };

  it('accepts programs that are new enough', async () => {
    await checkRequirements({ nodeVersion: '20.19.0', java: java17(), maven: maven3() });
    await checkRequirements({
      nodeVersion: '24.1.0',
      java: tool('java25', 'openjdk version "25" 2025-09-16'),
      maven: tool('maven4', 'Apache Maven 4.0.0'),
    });
  });

  it('names what is missing and how to install it, in one line', async () => {
    const message = await problemOf({ java: join(dir, 'none'), maven: maven3() });
    assert.equal(
      message,
      'Java 17 or newer is needed (none was found): install it with `sudo apt-get install openjdk-17-jre-headless` (Debian, Ubuntu) or `brew install openjdk@17` (macOS)',
    );
  });

  it('names the version that is too old', async () => {
    assert.match(
      await problemOf({ java: tool('java8', 'java version "1.8.0_392"'), maven: maven3() }),
      /^Java 17 or newer is needed \(found 1\.8\.0\)/,
    );
    assert.match(
      await problemOf({ nodeVersion: '20.5.1', java: java17(), maven: maven3() }),
      /^Node\.js 20\.19 or newer is needed \(found 20\.5\.1\)/,
    );
  });

  it('names several at once', async () => {
    const message = await problemOf({ java: join(dir, 'none'), maven: join(dir, 'none') });
    assert.match(message, /Java 17.*; Maven 3\.6 or newer is needed \(none was found\)/);
    assert.ok(!message.includes('\n'));
  });

  it('treats a program that fails as missing', async () => {
    const stub = tool('stub', 'The operation couldn’t be completed. Unable to locate a Java Runtime.', 1);
    assert.match(await problemOf({ java: stub, maven: maven3() }), /^Java 17 or newer is needed \(none was found\)/);
  });

  it('does not need Maven where everything is fetched', async () => {
    await checkRequirements({ java: java17(), maven: null });
  });

  it('prefers the Java of JAVA_HOME', () => {
    assert.equal(javaCommand({}), 'java');
    assert.equal(javaCommand({ JAVA_HOME: join(dir, 'nowhere') }), 'java');
    mkdirSync(join(dir, 'jdk', 'bin'), { recursive: true });
    writeFileSync(join(dir, 'jdk', 'bin', 'java'), '');
    assert.equal(javaCommand({ JAVA_HOME: join(dir, 'jdk') }), join(dir, 'jdk', 'bin', 'java'));
  });

  it('compares versions by their numbers', () => {
    assert.equal(reaches('6.2.6', [6, 2]), true);
    assert.equal(reaches('10.0', [6, 2]), true);
    assert.equal(reaches('6.0.16', [6, 2]), false);
    assert.equal(reaches('5.9', [6, 2]), false);
  });
});
