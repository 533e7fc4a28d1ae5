'use strict';

// Gives this process new random state, because it may be a clone of another one.

const path = require('path');

const random = require('./random');

// Captured now, because a cell may replace them.
const { Error, process } = globalThis;
const { moduleLoadList } = process;

// Node draws identifiers, and numbers of 6 bytes, in advance.
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

  /** Throws if some of the old state would remain. */
  renew() {
    random.seed();
    if (!this.#reseed()) throw new Error('OpenSSL has no new random state');
    // That module takes long to load on a slow machine. If it is not loaded, it keeps nothing.
    if (moduleLoadList?.includes(KEEPER) !== false) useUp();
  }
}

/** Uses up everything that was drawn in advance. */
function useUp() {
  const { randomInt, randomUUID } = require('crypto');
  for (let i = 0; i < UUIDS_KEPT; i++) randomUUID();
  for (let i = 0; i < NUMBERS_KEPT; i++) randomInt(LARGEST_RANGE);
}

module.exports = { Renewal };
