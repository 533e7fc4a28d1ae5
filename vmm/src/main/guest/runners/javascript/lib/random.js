'use strict';

// Replaces Math.random. V8 does not allow its state to be changed, so all clones of a machine would
// draw the same numbers. This generator is xoshiro128** (Blackman and Vigna); a number has 53 bits.

const fs = require('fs');

// Captured now, because a cell may replace them.
const { openSync, readSync, closeSync } = fs;
const { Int32Array, Math } = globalThis;
const { imul } = Math;

let a;
let b;
let c;
let d;

/** Gets a new state from the kernel. */
function seed() {
  const state = new Int32Array(4);
  const source = openSync('/dev/urandom', 'r');
  readSync(source, state);
  closeSync(source);
  [a, b, c, d] = state;
  if ((a | b | c | d) === 0) a = 1; // the one state that never changes
}

function next() {
  const product = imul(b, 5);
  const result = imul((product << 7) | (product >>> 25), 9);
  const shifted = b << 9;
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  c ^= shifted;
  d = (d << 11) | (d >>> 21);
  return result;
}

// A method, because the built-in is not a constructor either.
const own = {
  random() {
    return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
  },
};

/** Replaces the built-in. */
function install() {
  seed();
  Math.random = own.random;
}

module.exports = { install, seed };
