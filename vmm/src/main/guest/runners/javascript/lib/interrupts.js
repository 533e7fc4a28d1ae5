'use strict';

// Handles SIGINT, even while JavaScript does not return to the event loop.

const path = require('path');
const { Worker } = require('worker_threads');

// Captured now, because a cell may replace them.
const { Atomics, Int32Array, SharedArrayBuffer, process } = globalThis;

// Indexes into the shared memory.
const WATCH = 0; // changes when the watcher must take over the signal again
const ANSWER = 1; // the state between the watcher and the main thread: one of the values below
const CALL = 2; // counts the calls; an interrupt applies to the call in which it arrived
const REPORTED = 3; // the last call of which the watcher reported an interrupt

const ASKED = 0; // the main thread must answer
const ANSWERED = 1;
const TERMINATING = 2; // it did not answer in time
const TERMINATED = 3; // the JavaScript that it runs ends now, or has ended

/** Tells the runner about interrupts. A watcher thread receives the signal: see interrupter.js. */
class Interrupts {
  #own;
  #ready = false;
  #shared = new Int32Array(new SharedArrayBuffer(16));
  #await;

  /** The argument wraps a function so that a termination during a call ends only that call. */
  constructor(contained) {
    this.#await = contained(() => this.#awaitTermination());
  }

  /**
   * Calls back for every interrupt, after ending the JavaScript that was running. Calls ready once
   * the watcher runs. No code may run before, because code that never returns would prevent that.
   */
  start(callback, ready) {
    this.#own = () => callback(); // until the watcher runs
    process.on('SIGINT', this.#own);
    const watcher = new Worker(path.join(__dirname, 'interrupter.js'), {
      workerData: this.#shared,
      stdin: true,
      stdout: true,
      stderr: true,
      env: {},
    });
    watcher.on('message', (message) => {
      if (message === 'ready') {
        this.#ready = true;
        ready();
        return;
      }
      this.#answer();
      if (message === this.#shared[CALL]) callback();
    });
    watcher.on('error', () => {
      if (!this.#ready) ready();
    });
    watcher.unref();
  }

  /**
   * A termination that arrives after the end of its call would end the next one, which would then
   * wait for ever. So once a termination is certain, this waits for it.
   */
  #answer() {
    const before = Atomics.compareExchange(this.#shared, ANSWER, ASKED, ANSWERED);
    if (before === ASKED) Atomics.notify(this.#shared, ANSWER);
    if (before < TERMINATING) return;
    this.#await();
    Atomics.store(this.#shared, ANSWER, ANSWERED);
  }

  #awaitTermination() {
    while (Atomics.load(this.#shared, ANSWER) === TERMINATING);
    for (let turn = 0; turn < 1000; turn++); // a termination takes effect at the turn of a loop
  }

  /** Whether the running call was interrupted and the callback has not come yet. */
  get pending() {
    return Atomics.load(this.#shared, REPORTED) === Atomics.load(this.#shared, CALL);
  }

  /** Begins a call. Takes over the signal again if a cell has taken it. */
  begin() {
    Atomics.add(this.#shared, CALL, 1);
    if (Atomics.load(this.#shared, ANSWER) >= TERMINATING) this.#answer();
    if (!this.#ready || process.listenerCount('SIGINT') === 1) return;
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', this.#own);
    Atomics.add(this.#shared, WATCH, 1);
    Atomics.notify(this.#shared, WATCH);
  }
}

module.exports = {
  Interrupts, WATCH, ANSWER, CALL, REPORTED, ASKED, TERMINATING, TERMINATED,
};
