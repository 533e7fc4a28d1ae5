'use strict';

// Answers the agent, one call after another.

const fs = require('fs');

const { describe, nameOf, textOf } = require('./errors');
const { Pending } = require('./pending');
const {
  DISPLAY, RESULT, bundleOf, encode, isBundle, isUnsettled, plain,
} = require('./values');
const { Variables } = require('./variables');
const { writeAll } = require('./control');

// Captured now, because a cell may replace them.
const { Object, console, process, setImmediate, setTimeout } = globalThis;
const { from } = globalThis.Buffer;
const { readFileSync, unlinkSync } = fs;
const { isPromise } = require('util').types;

const FINISHED = { outcome: 0, name: '', text: '', status: 0 };
const INTERRUPTED = {
  outcome: 2, name: 'Interrupted', text: 'the code was interrupted', status: 1,
};

const POLL_MS = 5;

class Runner {
  #control;
  #streams;
  #evaluator;
  #interrupts;
  #pending = new Pending();
  #variables;
  #renewal;
  #exit;
  #cells = 0;
  #call = null; // {id, file, source, failure}

  constructor(control, streams, evaluator, interrupts, renewal) {
    this.#control = control;
    this.#streams = streams;
    this.#evaluator = evaluator;
    this.#interrupts = interrupts;
    this.#renewal = renewal;
  }

  start() {
    this.#defineGlobals();
    this.#variables = new Variables(this.#evaluator);
    const exit = process.reallyExit;
    this.#exit = (code) => {
      this.#control.exiting(code ?? 0);
      exit.call(process, code ?? 0);
    };
    process.reallyExit = this.#exit;
    this.#control.listen({
      run: (id, code, stdin) => this.#run(id, code, stdin),
      inspect: (id) => this.#inspect(id),
      renew: (id) => this.#renew(id, exit),
      warm: (id, names) => this.#warm(id, names),
    });
    this.#interrupts.start(() => this.#interrupted(), () => this.#control.ready(process.version));
  }

  #defineGlobals() {
    const display = (value, ...more) => {
      const bundle = isBundle(value) ? { 'text/plain': '', ...value } : bundleOf(value);
      if (!this.#control.record(DISPLAY, encode(bundle))) console.log(bundle['text/plain']);
      if (more.length) display(...more);
    };
    Object.defineProperty(globalThis, 'display', {
      value: display, writable: true, configurable: true, enumerable: false,
    });
  }

  #inspect(id) {
    this.#control.begin(id);
    for (const { kind, body } of this.#variables.records()) this.#control.record(kind, body);
    this.#control.done(id, FINISHED);
  }

  /** Renews the random state, or exits: no state is better than one that all clones share. */
  #renew(id, exit) {
    try {
      this.#renewal.renew();
    } catch {
      exit.call(process, 1);
    }
    this.#control.done(id, FINISHED);
  }

  /** Loads modules before they are used. */
  #warm(id, names) {
    for (const name of names) {
      try {
        this.#evaluator.require(name);
      } catch {
        // the image lacks it, or it fails
      }
    }
    this.#control.done(id, FINISHED);
  }

  #run(id, codePath, stdinPath) {
    let source;
    try {
      this.#streams.release();
      source = readFileSync(codePath, 'utf8');
      unlinkSync(codePath);
      this.#streams.prepare(stdinPath);
    } catch (error) { // without this answer the call would last until its time-out
      const failure = { outcome: 1, name: nameOf(error), text: textOf(error), status: 1 };
      this.#control.done(id, failure);
      return;
    }
    this.#interrupts.begin();
    this.#listen();
    const call = { id, file: `cell-${++this.#cells}.js`, source, failure: null };
    this.#call = call;
    this.#control.begin(id);
    this.#pending.begin();
    const answer = (result) => {
      if (this.#call === call) this.#evaluated(call, result);
    };
    try {
      this.#evaluator.evaluate(source, call.file, answer);
    } catch (error) {
      answer({ failed: true, error }); // a cell has broken what the evaluator uses
    }
  }

  /** Reports uncaught errors, unless user code listens for them itself. */
  #listen() {
    for (const [event, listener] of Object.entries(this.#listeners)) {
      process.removeListener(event, listener);
      process.on(event, listener);
    }
  }

  #listeners = {
    uncaughtException: (error) => this.#uncaught('uncaughtException', error),
    unhandledRejection: (error) => this.#uncaught('unhandledRejection', error),
  };

  #uncaught(event, error) {
    if (process.listenerCount(event) === 1) this.#fail(error);
  }

  #fail(error, position) {
    const call = this.#call;
    let text;
    try {
      text = describe(error, call?.file, call?.source ?? '', position);
    } catch {
      text = 'Uncaught error that cannot be shown\n';
    }
    if (call && !call.failure) {
      call.failure = { outcome: 1, name: nameOf(error), text: textOf(error), status: 1 };
    }
    print(text);
  }

  #evaluated(call, { value, failed, error, position, terminated, gone }) {
    if (gone) {
      print('Node.js has ended what runs code in it: a signal was sent to its own process\n');
      this.#exit(1);
      return;
    }
    if (this.#interrupts.pending) return; // the message of the watcher thread follows
    if (terminated) {
      this.#interrupted(); // the code did it itself, from another thread
      return;
    }
    if (failed) this.#fail(error, position);
    this.#settle(call, value);
  }

  /** Waits for what the cell has started, then ends the call. */
  #settle(call, value) {
    setImmediate(() => {
      if (this.#call !== call) return;
      if (this.#pending.any(isUnsettled(value))) {
        setTimeout(() => this.#settle(call, value), POLL_MS).unref();
        return;
      }
      try {
        if (!call.failure) this.#show(value);
      } catch (error) {
        this.#fail(error);
      }
      this.#finish(call.failure ?? FINISHED);
    });
  }

  #show(value) {
    if (value === undefined) return;
    const bundle = bundleOf(value);
    if (isPromise(value) && bundle['text/plain'] === 'Promise { undefined }') return;
    this.#control.record(RESULT, encode(bundle));
  }

  #interrupted() {
    if (this.#call === null) return;
    this.#pending.cancel();
    print('Interrupted\n');
    this.#finish(INTERRUPTED);
  }

  #finish(outcome) {
    const { id } = this.#call;
    this.#call = null;
    this.#control.done(id, outcome);
  }
}

/** Prints to stderr, whatever user code has done to process.stderr. */
function print(text) {
  try {
    writeAll(2, from(text));
  } catch {
    // descriptor 2 is closed
  }
}

module.exports = { Runner };
