import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { EpeeError } from '@epee/errors';
import { createLogger, type ProcessPort, runService, type Service } from '@epee/telemetry';

/** A process whose exit is recorded. */
function fakeProcess() {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const port: ProcessPort = {
    once: (signal, listener) => signals.once(signal, listener),
    on: (event, listener) => signals.on(event, listener),
    off: (event, listener) => signals.off(event, listener),
    exit: (code) => void exits.push(code),
  };
  const crash = (event: 'uncaughtException' | 'unhandledRejection', error: unknown) => signals.emit(event, error);
  return { port, exits, crash, send: (signal: NodeJS.Signals) => signals.emit(signal, signal) };
}

function fakeService() {
  let end = () => {};
  let fail = (_error: unknown) => {};
  const done = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  let stops = 0;
  const service: Service = {
    done,
    stop: async () => {
      stops++;
      end();
    },
  };
  return { service, end: () => end(), fail: (error: unknown) => fail(error), stops: () => stops };
}

function run(
  start: () => Promise<Service>,
  target: ProcessPort,
  configure = () => ({ logLevel: 'info' as const, stopTimeoutMs: 1000 }),
  monotonicMs = () => 0,
) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const ended = runService({
    name: 'test',
    configure,
    start,
    process: target,
    monotonicMs,
    createLogger: (options) => createLogger({ ...options, destination }),
  });
  return { ended, lines };
}

describe('runService', () => {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    it(`ends with 1 after an ${event}, without the error's text`, async () => {
      const { port, exits, crash } = fakeProcess();
      const { service, end } = fakeService();
      const { ended, lines } = run(async () => service, port);
      await new Promise(setImmediate);
      crash(event, new TypeError('Patient Agneta Lindqvist took warfarin'));
      crash(event, 'Patient Agneta Lindqvist');
      assert.deepEqual(exits, [1, 1]);
      assert.match(lines[0]!, /"level":"fatal".*"name":"TypeError"/);
      assert.ok(!lines.join('').includes('Agneta'));
      end();
      await ended;
    });
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`stops on ${signal} and exits with 0`, async () => {
      const { port, exits, send } = fakeProcess();
      const { service, stops } = fakeService();
      const { ended } = run(async () => service, port);
      await new Promise(setImmediate);
      send(signal);
      await ended;
      assert.deepEqual([exits, stops()], [[0], 1]);
    });
  }

  it('exits with 0 when the service ends by itself, with 1 when it fails', async () => {
    for (const [failure, code] of [
      [null, 0],
      [new EpeeError('KAFKA_FENCED', 'another took over', { stage: 'publish' }), 1],
    ] as const) {
      const { port, exits } = fakeProcess();
      const { service, end, fail } = fakeService();
      const { ended, lines } = run(async () => service, port);
      if (failure === null) end();
      else fail(failure);
      await ended;
      assert.deepEqual(exits, [code]);
      if (failure !== null) assert.match(lines.at(-1)!, /"level":"fatal".*KAFKA_FENCED.*another took over/);
    }
  });

  it('exits with 1 and says why when the configuration is wrong or the start fails', async () => {
    const invalid = () => {
      throw new EpeeError('CONFIG_INVALID', 'EPEE_X is not an option', { stage: 'config' });
    };
    const unreachable = () => Promise.reject(new EpeeError('KAFKA_UNREACHABLE', 'no broker of 127.0.0.1:1', { stage: 'publish' }));
    const wrong = fakeProcess();
    const first = run(async () => fakeService().service, wrong.port, invalid);
    await first.ended;
    assert.deepEqual(wrong.exits, [1]);
    assert.match(first.lines.join(''), /EPEE_X is not an option/);
    const failing = fakeProcess();
    const second = run(unreachable, failing.port);
    await second.ended;
    assert.deepEqual(failing.exits, [1]);
    assert.match(second.lines.join(''), /no broker of 127\.0\.0\.1:1/);
  });

  it('exits at once on a second signal, but counts signals that come together as one', async () => {
    const { port, exits, send } = fakeProcess();
    const { service, end } = fakeService();
    let nowMs = 0;
    const { ended } = run(
      async () => ({ ...service, stop: async () => {} }),
      port,
      undefined,
      () => nowMs,
    );
    await new Promise(setImmediate);
    send('SIGTERM');
    await new Promise(setImmediate);
    nowMs = 900;
    send('SIGTERM');
    assert.deepEqual(exits, []);
    nowMs = 1100;
    send('SIGTERM');
    assert.deepEqual(exits, [1]);
    end();
    await ended;
  });

  it('does not wait for a start that hangs', async () => {
    const { port, exits, send } = fakeProcess();
    const { ended } = run(() => new Promise(() => {}), port);
    await new Promise(setImmediate);
    send('SIGINT');
    await ended;
    assert.deepEqual(exits, [0]);
  });
});
