'use strict';

// Formats errors as Node does, without the runner's frames.

const path = require('path');

const { plain } = require('./values');

const RUNNER = path.dirname(__dirname) + path.sep;

// Captured now, because a cell may replace them.
const { Error, Object, String } = globalThis;
const { toString: errorToString } = Error.prototype;

/**
 * Makes stacks end with the cell, because only the runner is below it. Code that sets
 * Error.prepareStackTrace itself gets all frames, and usually restores this function.
 */
function install() {
  Object.defineProperty(Error, 'prepareStackTrace', {
    value: prepareStackTrace, writable: true, configurable: true, enumerable: false,
  });
}

function prepareStackTrace(error, frames) {
  const bottom = frames.findIndex((frame) => fileOf(frame) === 'node:inspector');
  const shown = (bottom < 0 ? frames : frames.slice(0, bottom))
    .filter((frame) => !fileOf(frame).startsWith(RUNNER));
  return [headOf(error), ...shown].join('\n    at ');
}

function fileOf(frame) {
  return frame.getFileName() ?? '';
}

/** The first line. Node's own errors have their code in it. */
function headOf(error) {
  const head = errorToString.call(error);
  const { code } = error;
  if (typeof code !== 'string' || !code.startsWith('ERR_')) return head;
  return head.replace(/^\w+(?=: |$)/, `$& [${code}]`);
}

/** The text for stderr, with the cell's line to which the error refers, if that is known. */
function describe(error, file, source, position) {
  // An error without a stack is in brackets.
  const text = plain(error).replace(/^\[(\w*Error(?:: [^]*?)?)\](?= \{\n|$)/, '$1');
  position ??= topFrame(text, file);
  let head = '';
  const line = position && source.split('\n')[position.line];
  if (line !== undefined && line.length <= 500) {
    const mark = line.slice(0, position.column).replace(/[^\t]/g, ' ');
    head = `${file}:${position.line + 1}\n${line}\n${mark}^\n\n`;
  }
  return `${head}${error instanceof Error ? '' : 'Uncaught '}${text}\n`;
}

/** The position of a stack's first frame, if that is in the cell. */
function topFrame(text, file) {
  const [, frame, line, column] = /^\s+at (?:.*\()?([^\s()]+):(\d+):(\d+)\)?$/m.exec(text) ?? [];
  return frame === file ? { line: line - 1, column: column - 1 } : undefined;
}

function nameOf(error) {
  try {
    return String(error?.name ?? typeof error).slice(0, 200);
  } catch {
    return 'Error';
  }
}

function textOf(error) {
  try {
    const text = error?.message ?? (typeof error === 'object' ? plain(error) : error);
    return String(text).slice(0, 4096);
  } catch {
    return '';
  }
}

module.exports = { describe, install, nameOf, textOf };
