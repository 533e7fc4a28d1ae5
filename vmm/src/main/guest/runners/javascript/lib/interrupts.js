'use strict';

// SIGINT, also while JavaScript does not return to the event loop.

const path = require('path');
const { Worker } = require('worker_threads');

// Taken now: a cell may replace them.
const { Atomics, Int32Array, SharedArrayBuffer, process } = globalThis;

// Indexes of the shared memory.
const WATCH = 0; // changes when the watcher shall take the signal again
const ANSWER = 1; // what is between the watcher and the main thread: one of those below
const CALL = 2; // counts the calls: an interrupt is for the one during which it came
const REPORTED = 3; // the last call that the watcher reported an interrupt of

const ASKED = 0; // the main thread is to answer
const ANSWERED = 1;
const TERMINATING = 2; // it did not in time
const TERMINATED = 3; // and what JavaScript it runs ends now, or has ended

/** Tells the runner of interrupts. A thread of its own takes the signal: see interrupter.js. */
class Interrupts {
  #own;
  #ready = false;
  #shared = new Int32Array(new SharedArrayBuffer(16));
  #await;

  /** Takes what makes a function one whose end by the watcher ends nothing else. */
  constructor(contained) {
    this.#await = contained(() => this.#awaitTermination());
  }

  /**
   * Calls back for every interrupt, after ending whatever JavaScript was running. Calls ready when
   * it can: code that never returns would keep it from getting there.
   */
  start(callback, ready) {
    this.#own = () => callback(); // until the watcher is there
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
   * A termination that comes when the call it was meant for is over ends the next one, which then
   * waits for ever. So once it is certain to come, it is waited for here.
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
    for (let turn = 0; turn < 1000; turn++); // on its way it is taken at the turn of a loop
  }

  /** Whether the running call was interrupted, and the callback for that is still to come. */
  get pending() {
    return Atomics.load(this.#shared, REPORTED) === Atomics.load(this.#shared, CALL);
  }

  /** A call begins. Takes the signal again where a cell took it. */
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
