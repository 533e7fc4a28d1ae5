'use strict';

// Encodes values as MIME bundles: DISPLAY and RESULT of section 6 of the agent protocol.

const util = require('util');

const { bytes, str } = require('./control');

// Captured now, because a cell may replace them.
const { ArrayBuffer, Object, String, Symbol } = globalThis;
const { alloc, concat, from } = globalThis.Buffer;
const { stringify } = JSON;
const { inspect } = util;
const { isPromise } = util.types;

const DISPLAY = 1;
const RESULT = 2;

const RECORD_LIMIT = (32 << 20) - 4096;
const TEXT_LIMIT = 1 << 20;
const ENTRY_LIMIT = 64;
const HOOK = Symbol.for('Jupyter.display');
const MIME = /^[\w.+-]+\/[\w.+-]+$/;
const BINARY = /^(?:image\/(?!svg\+xml)|audio\/|video\/|application\/pdf)/;

const IMAGES = [
  ['image/png', from('\x89PNG\r\n\x1a\n', 'latin1')],
  ['image/jpeg', from('\xff\xd8\xff', 'latin1')],
  ['image/gif', from('GIF8', 'latin1')],
];

/** The text that Node's console would print. */
function plain(value) {
  try {
    return inspect(value, { colors: false });
  } catch (error) {
    return `[cannot be shown: ${error?.message}]`;
  }
}

/** Whether a value is a pending promise. */
function isUnsettled(value) {
  try {
    return isPromise(value)
      && inspect(value, { customInspect: false, depth: 0 }).includes('<pending>');
  } catch {
    return false; // code has broken its prototype
  }
}

/** The MIME bundle of a value. It always has text/plain. */
function bundleOf(value) {
  const bundle = { 'text/plain': plain(value) };
  if (hasHook(value)) {
    try {
      Object.assign(bundle, value[HOOK]());
    } catch (error) {
      bundle['text/plain'] += `\n[its display hook failed: ${error?.message}]`;
    }
  }
  if (ArrayBuffer.isView(value)) {
    const data = from(value.buffer, value.byteOffset, value.byteLength);
    for (const [mime, magic] of IMAGES) {
      if (data.subarray(0, magic.length).equals(magic)) bundle[mime] = data;
    }
  }
  return bundle;
}

function hasHook(value) {
  try {
    return typeof value?.[HOOK] === 'function';
  } catch {
    return false; // a proxy whose traps throw
  }
}

/** Whether display() takes an object for a MIME bundle. */
function isBundle(value) {
  if (value === null || typeof value !== 'object') return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME.test(key));
}

/** The body of a record, text/plain last. */
function encode({ 'text/plain': text, ...rich }) {
  const parts = [alloc(4)];
  let count = 0;
  let room = RECORD_LIMIT;
  const add = (mime, data) => {
    parts.push(str(mime), bytes(data));
    room -= data.length;
    count++;
  };
  let note = '';
  for (const mime of Object.keys(rich)) {
    const data = dataOf(mime, rich[mime]);
    if (count === ENTRY_LIMIT - 1) break;
    if (data.length <= room - TEXT_LIMIT) add(mime, data);
    else note += `\n[${mime} of ${data.length} bytes not shown]`;
  }
  let plainText = dataOf('text/plain', text ?? '');
  if (plainText.length > TEXT_LIMIT) {
    note = `\n[${plainText.length - TEXT_LIMIT} more bytes not shown]${note}`;
    plainText = plainText.subarray(0, TEXT_LIMIT);
  }
  add('text/plain', note ? concat([plainText, from(note)]) : plainText);
  parts[0].writeUInt32LE(count);
  return concat(parts);
}

function dataOf(mime, value) {
  if (ArrayBuffer.isView(value)) {
    return from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (typeof value === 'string') return from(value, BINARY.test(mime) ? 'base64' : 'utf8');
  return from(stringify(value) ?? String(value));
}

module.exports = { DISPLAY, RESULT, bundleOf, encode, isBundle, isUnsettled, plain };
