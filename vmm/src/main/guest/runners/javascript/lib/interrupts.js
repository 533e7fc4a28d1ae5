'use strict';

// SIGINT, also while JavaScript does not return to the event loop.

const path = require('path');
const { Worker } = require('worker_threads');

// Indexes of the shared memory.
const WATCH = 0; // changes when the watcher shall take the signal again
const ANSWER = 1; // what the watcher last asked and the main thread answered

/** Tells the runner of interrupts. A thread of its own takes the signal: see interrupter.js. */
class Interrupts {
  #shared = new Int32Array(new SharedArrayBuffer(8));

  /** Calls back for every interrupt, after ending whatever JavaScript was running. */
  start(callback) {
    process.on('SIGINT', () => callback()); // until the watcher is there
    const watcher = new Worker(path.join(__dirname, 'interrupter.js'), {
      workerData: this.#shared,
      stdin: true,
      stdout: true,
      stderr: true,
      env: {},
    });
    watcher.on('message', () => {
      Atomics.store(this.#shared, ANSWER, 1);
      Atomics.notify(this.#shared, ANSWER);
      callback();
    });
    watcher.on('error', () => {});
    watcher.unref();
  }

  /** Takes the signal again, whatever a cell did to it. */
  retake() {
    Atomics.add(this.#shared, WATCH, 1);
    Atomics.notify(this.#shared, WATCH);
  }
}

module.exports = { Interrupts, WATCH, ANSWER };
