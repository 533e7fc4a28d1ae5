'use strict';

// Errors as Node prints them, without the runner's frames.

const path = require('path');

const { plain } = require('./values');

const RUNNER = path.dirname(__dirname) + path.sep;

/** Cuts a stack at the runner: below it there is only machinery. */
function clean(text) {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => /^\s+at /.test(line) &&
    (line.includes(RUNNER) || line.includes('(node:inspector:')));
  if (end < 0) return text;
  const rest = lines.slice(end).findIndex((line) => !/^\s+at /.test(line));
  return [...lines.slice(0, end), ...(rest < 0 ? [] : lines.slice(end + rest))].join('\n');
}

/** The text for stderr, with the line of the cell that the error is about where that is known. */
function describe(error, file, source, position) {
  const text = clean(plain(error));
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
    return String(error?.message ?? error).slice(0, 4096);
  } catch {
    return '';
  }
}

module.exports = { describe, nameOf, textOf };
