'use strict';

// Lists the user's variables without calling getters, traps of proxies or custom inspect methods.

const util = require('util');

const { bytes, str } = require('./control');

// Captured now, because a cell may replace them.
const { Array, ArrayBuffer, BigInt, Infinity, Object, Set } = globalThis;
const { alloc, concat, from } = globalThis.Buffer;
const { inspect, types } = util;

const VARIABLE = 4;
const MOST = 200;
const SUMMARY_BYTES = 200;
const UNKNOWN = 2n ** 64n - 1n;

class Variables {
  #evaluator;
  #own = new Set(Object.getOwnPropertyNames(globalThis));

  constructor(evaluator) {
    this.#evaluator = evaluator;
  }

  /** Record bodies, newest first. */
  *records() {
    let count = 0;
    for (const [name, value] of this.#all()) {
      if (count++ === MOST) return;
      yield record(name, value);
    }
  }

  *#all() {
    for (const name of new Set(this.#evaluator.lexicalNames().reverse())) {
      yield [name, this.#evaluator.valueOf(name)];
    }
    const properties = Object.getOwnPropertyDescriptors(globalThis);
    for (const name of Object.getOwnPropertyNames(globalThis).reverse()) {
      if (!this.#own.has(name) && 'value' in properties[name]) {
        yield [name, properties[name].value];
      }
    }
  }
}

function record(name, value) {
  const size = alloc(8);
  size.writeBigUInt64LE(sizeOf(value));
  let summary = '';
  try {
    summary = summaryOf(value);
  } catch {
    // an object that resists inspection
  }
  return { kind: VARIABLE, body: concat([cut(name), cut(typeOf(value)), size, cut(summary)]) };
}

function cut(text) {
  let data = from(text, 'utf8');
  if (data.length > SUMMARY_BYTES) {
    let end = SUMMARY_BYTES - 3;
    while ((data[end] & 0xc0) === 0x80) end--;
    data = concat([data.subarray(0, end), from('…')]);
  }
  return bytes(data);
}

function typeOf(value) {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (types.isProxy(value)) return 'Proxy';
  const prototype = Object.getPrototypeOf(value);
  const constructor = prototype && Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name = typeof constructor === 'function' && !types.isProxy(constructor)
    && Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' && name ? name : 'object';
}

function sizeOf(value) {
  if (typeof value === 'string') return BigInt(value.length);
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return BigInt(value.byteLength);
  return UNKNOWN;
}

function summaryOf(value) {
  if (types.isProxy(value)) return '';
  if (value !== null && typeof value === 'object') {
    if (Array.isArray(value) && value.length > 20) return `${value.length} items`;
    if (ArrayBuffer.isView(value) && value.length > 20) return `${value.length} elements`;
    if (types.isMap(value) || types.isSet(value)) return `${value.size} entries`;
    let count = 0;
    for (const _ in value) if (++count > 50) return 'more than 50 properties';
  }
  return inspect(value, {
    depth: 1, breakLength: Infinity, customInspect: false, showProxy: true, maxArrayLength: 20,
    maxStringLength: SUMMARY_BYTES,
  });
}

module.exports = { Variables };
