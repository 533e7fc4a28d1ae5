'use strict';

// Makes random state of its own where this process is a clone of another one.

const path = require('path');

const random = require('./random');

// Taken now: a cell may replace them.
const { Error, process } = globalThis;
const { moduleLoadList } = process;

// What Node keeps in advance: identifiers, and numbers of 6 bytes.
const KEEPER = 'NativeModule internal/crypto/random';
const UUIDS_KEPT = 128;
const NUMBERS_KEPT = 1024;
const LARGEST_RANGE = 2 ** 48 - 1;

class Renewal {
  #reseed;

  constructor() {
    random.install();
    const native = { exports: {} };
    process.dlopen(native, path.join(__dirname, '..', 'openssl.node'));
    this.#reseed = native.exports;
  }

  /** Throws where something of the old state would stay. */
  renew() {
    random.seed();
    if (!this.#reseed()) throw new Error('OpenSSL has no new random state');
    // Loading that module takes long, on a slow machine; where it is not loaded it keeps nothing.
    if (moduleLoadList?.includes(KEEPER) !== false) useUp();
  }
}

/** All that was drawn before. */
function useUp() {
  const { randomInt, randomUUID } = require('crypto');
  for (let i = 0; i < UUIDS_KEPT; i++) randomUUID();
  for (let i = 0; i < NUMBERS_KEPT; i++) randomInt(LARGEST_RANGE);
}

module.exports = { Renewal };
