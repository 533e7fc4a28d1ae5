'use strict';

// Errors as Node prints them, without the runner's frames.

const path = require('path');

const { plain } = require('./values');

const RUNNER = path.dirname(__dirname) + path.sep;

// Taken now: a cell may replace them.
const { Error, Object, String } = globalThis;
const { toString: errorToString } = Error.prototype;

/**
 * Has stacks end where the cell ends: below it there is only machinery. Code that sets
 * Error.prepareStackTrace itself has all of them, and puts this one back as a rule.
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

/** Node's own errors have their code in their first line. */
function headOf(error) {
  const head = errorToString.call(error);
  const { code } = error;
  if (typeof code !== 'string' || !code.startsWith('ERR_')) return head;
  return head.replace(/^\w+(?=: |$)/, `$& [${code}]`);
}

/** The text for stderr, with the line of the cell that the error is about where that is known. */
function describe(error, file, source, position) {
  // What has no stack is in brackets.
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

/** The position of a stack's first frame, where that is in the cell. */
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
