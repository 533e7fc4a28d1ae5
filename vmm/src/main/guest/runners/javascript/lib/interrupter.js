'use strict';

// The watcher thread. A script run with breakOnSigint is ended by SIGINT: the ones here only wait.
// The main thread is asked to answer; where it does not, because JavaScript or a child process
// keeps it busy, these are ended.

const fs = require('fs');
const inspector = require('inspector');
const vm = require('vm');
const { parentPort, workerData: shared } = require('worker_threads');

const {
  WATCH, ANSWER, CALL, REPORTED, ASKED, TERMINATING, TERMINATED,
} = require('./interrupts');

const PATIENCE_MS = 100;
const PATIENCE_WITH_CHILDREN_MS = 1500;

function report(call) {
  Atomics.store(shared, ANSWER, ASKED);
  Atomics.store(shared, REPORTED, call);
  parentPort.postMessage(call);
  if (answers(call, PATIENCE_MS)) return;
  // To be terminated in the middle of the error that this gives it, Node does not survive.
  if (interruptChildren() && answers(call, PATIENCE_WITH_CHILDREN_MS)) return;
  // From here on the main thread does not go on before it has been ended: see Interrupts.
  if (Atomics.compareExchange(shared, ANSWER, ASKED, TERMINATING) !== ASKED) return;
  if (Atomics.load(shared, CALL) === call) terminate();
  Atomics.store(shared, ANSWER, TERMINATED);
}

/** Whether the main thread answers in time, or is done with the call. */
function answers(call, patience) {
  const answer = Atomics.wait(shared, ANSWER, ASKED, patience);
  return answer !== 'timed-out' || Atomics.load(shared, CALL) !== call;
}

/** Connects for this alone: a process with a connected session waits for it when it exits. */
function terminate() {
  const main = new inspector.Session();
  main.connectToMainThread();
  main.post('Runtime.terminateExecution', () => {});
  main.disconnect();
}

/**
 * What a terminal would do to the process group: the main thread may wait for a child (execSync).
 * Returns whether there was one.
 */
function interruptChildren() {
  let any = false;
  const group = groupOf('self');
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      if (groupOf(name) !== group) continue;
      process.kill(Number(name), 'SIGINT');
      any = true;
    } catch {
      // it ended meanwhile
    }
  }
  return any;
}

/** The process group, the third field after the name in parentheses. */
function groupOf(name) {
  return /^.*\) . \d+ (\d+) /s.exec(fs.readFileSync(`/proc/${name}/stat`, 'latin1'))[1];
}

const waiting = new vm.Script('wait()');
const reporting = new vm.Script('report()');
const serving = new vm.Script('serve()');
const breakable = { breakOnSigint: true };

let unreported = null; // the call that an interrupt was for

globalThis.wait = () => Atomics.wait(shared, WATCH, Atomics.load(shared, WATCH));

globalThis.report = () => {
  report(unreported);
  unreported = null;
};

// Returns when the signal shall be taken again. Between two inner scripts the outer one has the
// signal, so that there is always one: without, SIGINT would end the process.
globalThis.serve = () => {
  const turn = Atomics.load(shared, WATCH);
  while (Atomics.load(shared, WATCH) === turn) {
    try {
      (unreported === null ? waiting : reporting).runInThisContext(breakable);
    } catch {
      unreported ??= Atomics.load(shared, CALL);
    }
  }
};

parentPort.postMessage('ready');
for (;;) {
  try {
    serving.runInThisContext(breakable);
  } catch {
    unreported ??= Atomics.load(shared, CALL);
  }
}
