'use strict';

// SIGINT, also while JavaScript does not return to the event loop.

const path = require('path');
const { Worker } = require('worker_threads');

// Taken now: a cell may replace them.
const { Atomics, Int32Array, SharedArrayBuffer, process } = globalThis;

// Indexes of the shared memory.
const WATCH = 0; // changes when the watcher shall take the signal again
const ANSWER = 1; // set when the main thread answers the watcher
const CALL = 2; // counts the calls: an interrupt is for the one during which it came
const REPORTED = 3; // the last call that the watcher reported an interrupt of

/** Tells the runner of interrupts. A thread of its own takes the signal: see interrupter.js. */
class Interrupts {
  #own;
  #ready = false;
  #shared = new Int32Array(new SharedArrayBuffer(16));

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
      Atomics.store(this.#shared, ANSWER, 1);
      Atomics.notify(this.#shared, ANSWER);
      if (message === this.#shared[CALL]) callback();
    });
    watcher.on('error', () => {
      if (!this.#ready) ready();
    });
    watcher.unref();
  }

  /** Whether the running call was interrupted, and the callback for that is still to come. */
  get pending() {
    return Atomics.load(this.#shared, REPORTED) === Atomics.load(this.#shared, CALL);
  }

  /** A call begins. Takes the signal again where a cell took it. */
  begin() {
    Atomics.add(this.#shared, CALL, 1);
    if (!this.#ready || process.listenerCount('SIGINT') === 1) return;
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', this.#own);
    Atomics.add(this.#shared, WATCH, 1);
    Atomics.notify(this.#shared, WATCH);
  }
}

module.exports = { Interrupts, WATCH, ANSWER, CALL, REPORTED };
