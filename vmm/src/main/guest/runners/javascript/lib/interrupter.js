'use strict';

// The watcher thread. A script run with breakOnSigint is ended by SIGINT: the one here only waits.
// The main thread is asked to answer; where it does not, because JavaScript keeps it busy, that
// JavaScript is ended through the inspector.

const inspector = require('inspector');
const vm = require('vm');
const { parentPort, workerData: shared } = require('worker_threads');

const { WATCH, ANSWER } = require('./interrupts');

const PATIENCE_MS = 100;

globalThis.wait = () => Atomics.wait(shared, WATCH, Atomics.load(shared, WATCH));
const waiting = new vm.Script('wait()');

/** Connects for this alone: a process with a connected session waits for it when it exits. */
function terminate() {
  const main = new inspector.Session();
  main.connectToMainThread();
  main.post('Runtime.terminateExecution', () => {});
  main.disconnect();
}

for (;;) {
  try {
    waiting.runInThisContext({ breakOnSigint: true });
  } catch {
    Atomics.store(shared, ANSWER, 0);
    parentPort.postMessage('interrupt');
    if (Atomics.wait(shared, ANSWER, 0, PATIENCE_MS) === 'timed-out') {
      terminate();
    }
  }
}
