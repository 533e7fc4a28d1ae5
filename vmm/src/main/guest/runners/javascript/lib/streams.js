'use strict';

// Standard input, output and error of a call.

const fs = require('fs');
const { Writable } = require('stream');

const { writeAll } = require('./control');

// Taken now: a cell may replace them.
const { Object, console, process } = globalThis;
const { closeSync, openSync, unlinkSync, ReadStream } = fs;

/**
 * stdout or stderr. Written before write() returns: a call's output is in the pipe when the call
 * ends, a flood waits for its reader instead of growing the heap, and descriptors that children
 * inherit keep blocking, which Node's own pipe streams end.
 */
class Output extends Writable {
  constructor(fd) {
    super({ decodeStrings: true });
    this.fd = fd;
  }

  /** False where it was ended, or where an interrupt ended JavaScript in the middle of a write. */
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

/** The process's streams; those that a cell closed or replaced are new for the next one. */
class Streams {
  #stdin;

  constructor() {
    this.release();
    this.prepare('');
  }

  /** Gives up stdin: a cell may have taken all other descriptors, and a call needs one. */
  release() {
    try {
      closeSync(0);
    } catch {
      // closed by the last cell
    }
  }

  /** After release: gives the call its stdin, a path (empty: no input), and removes that file. */
  prepare(path) {
    openSync(path.length ? path : '/dev/null', 'r'); // the lowest free descriptor: 0
    if (path.length) unlinkSync(path);
    this.#stdin = undefined;
    define('stdin', () => (this.#stdin ??= new ReadStream(null, { fd: 0, autoClose: false })));
    for (const [name, fd] of [['stdout', 1], ['stderr', 2]]) {
      const stream = Object.getOwnPropertyDescriptor(process, name).value;
      if (!(stream instanceof Output) || stream.fd !== fd || !stream.idle) {
        const fresh = new Output(fd);
        fresh.on('error', () => {}); // a closed descriptor costs its own output only
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
