'use strict';

// The watcher thread. SIGINT ends a script that runs with breakOnSigint; the scripts here only wait
// for it. The thread then asks the main thread to answer. If JavaScript or a child process keeps
// the main thread busy, so that it does not answer, the watcher ends these.

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
  // This makes Node raise an error. It does not survive a termination in the middle of that.
  if (interruptChildren() && answers(call, PATIENCE_WITH_CHILDREN_MS)) return;
  // From here on the main thread waits until it has been terminated: see Interrupts.
  if (Atomics.compareExchange(shared, ANSWER, ASKED, TERMINATING) !== ASKED) return;
  if (Atomics.load(shared, CALL) === call) terminate();
  Atomics.store(shared, ANSWER, TERMINATED);
}

/** Whether the main thread answers in time or has finished the call. */
function answers(call, patience) {
  const answer = Atomics.wait(shared, ANSWER, ASKED, patience);
  return answer !== 'timed-out' || Atomics.load(shared, CALL) !== call;
}

/** Connects only for this, because a process waits for connected sessions when it exits. */
function terminate() {
  const main = new inspector.Session();
  main.connectToMainThread();
  main.post('Runtime.terminateExecution', () => {});
  main.disconnect();
}

/**
 * Sends SIGINT to the rest of the process group, as a terminal would: the main thread may be
 * waiting for a child (execSync). Returns whether there was one.
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
      // it has ended meanwhile
    }
  }
  return any;
}

/** The process group: the third field after the name in parentheses. */
function groupOf(name) {
  return /^.*\) . \d+ (\d+) /s.exec(fs.readFileSync(`/proc/${name}/stat`, 'latin1'))[1];
}

const waiting = new vm.Script('wait()');
const reporting = new vm.Script('report()');
const serving = new vm.Script('serve()');
const breakable = { breakOnSigint: true };

let unreported = null; // the call that was interrupted

globalThis.wait = () => Atomics.wait(shared, WATCH, Atomics.load(shared, WATCH));

globalThis.report = () => {
  report(unreported);
  unreported = null;
};

// Returns when the watcher must take over the signal again. Between two inner scripts the outer one
// receives it. One script always does, because otherwise SIGINT would end the process.
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
