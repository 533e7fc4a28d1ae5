'use strict';

// The standard streams of a call.

const fs = require('fs');
const { Writable } = require('stream');

const { writeAll } = require('./control');

// Captured now, because a cell may replace them.
const { Object, console, process } = globalThis;
const { closeSync, openSync, unlinkSync, ReadStream } = fs;

/**
 * stdout or stderr, written before write() returns. A call's output is therefore in the pipe when
 * the call ends, and a flood waits for its reader instead of growing the heap. Descriptors that
 * children inherit stay blocking; Node's own pipe streams would change that.
 */
class Output extends Writable {
  constructor(fd) {
    super({ decodeStrings: true });
    this.fd = fd;
  }

  /** False if it was ended, or if an interrupt ended JavaScript in the middle of a write. */
  get idle() {
    return this.writable && this.writableLength === 0;
  }

  _write(chunk, _encoding, done) {
    try {
      writeAll(this.fd, chunk);
    } catch (error) {
      done(error);
      return;
    }
    done();
  }
}

/** The process's streams. Makes new ones if a cell has closed or replaced them. */
class Streams {
  #stdin;

  constructor() {
    this.release();
    this.prepare('');
  }

  /** Closes stdin. A cell may have used up all other descriptors, and a call needs one. */
  release() {
    try {
      closeSync(0);
    } catch {
      // the last cell has closed it
    }
  }

  /** Opens the call's stdin, a path (empty: no input), and removes that file. After release(). */
  prepare(path) {
    openSync(path.length ? path : '/dev/null', 'r'); // gets the lowest free descriptor, 0
    if (path.length) unlinkSync(path);
    this.#stdin = undefined;
    define('stdin', () => (this.#stdin ??= new ReadStream(null, { fd: 0, autoClose: false })));
    for (const [name, fd] of [['stdout', 1], ['stderr', 2]]) {
      const stream = Object.getOwnPropertyDescriptor(process, name).value;
      if (!(stream instanceof Output) || stream.fd !== fd || !stream.idle) {
        const fresh = new Output(fd);
        fresh.on('error', () => {}); // a closed descriptor loses only its own output
        Object.defineProperty(process, name, {
          value: fresh, configurable: true, enumerable: true, writable: true,
        });
        console[`_${name}`] = fresh;
      }
    }
  }
}

function define(name, get) {
  Object.defineProperty(process, name, { get, configurable: true, enumerable: true });
}

module.exports = { Streams };
