'use strict';

// Evaluates cells in V8's console mode, in which names may be declared again, await works at the
// top level, and a cell has a value.

const inspector = require('inspector');
const Module = require('module');
const path = require('path');
const vm = require('vm');

const { NAME, rewriteImports } = require('./imports');
const { KINDS, redeclare } = require('./redeclare');

// Captured now, because a cell may replace them.
const { BigInt, Error, Map, Number, Object, SyntaxError } = globalThis;

const CELL_MODULE = '/workspace/cell.js';

// The group of the values that the inspector holds until this class has them.
const GROUP = 'cell';

// The inspector's message about code that was terminated. Other failures are not the code's: when
// Node is about to send its own process a signal, it assumes its end and shuts down V8's inspector.
const TERMINATED = /: Execution was terminated$/;

// The name, for a moment, of a function of the runner.
const OWN = `${NAME}Own`;

class Evaluator {
  #session = new inspector.Session();
  #take; // the object id of a function that the inspector calls with a value
  #taken;

  /** The require() of the cells. */
  require;

  constructor() {
    this.#session.connect();
    globalThis[NAME] = (value) => {
      this.#taken = value;
    };
    this.#take = this.#post('Runtime.evaluate', { expression: NAME }).result.objectId;
    this.require = installModule();
  }

  /**
   * Calls back with {value}, {failed: true, error, position}, {terminated: true}, or {gone: true}
   * if no code can be run any more. Code that cannot be compiled has a position, {line, column}
   * from 0.
   */
  evaluate(code, file, callback) {
    this.#attempt(rewriteImports(asExpression(code)), file, new Map(), callback);
  }

  /** If a name was declared before by another kind of declaration, tries each kind in turn. */
  #attempt(code, file, tried, callback) {
    this.#run(`${code}\n//# sourceURL=${file}`, (result) => {
      const name = result.failed ? declaredBefore(result.error, file) : null;
      const count = tried.get(name) ?? 0;
      const other = name && count < KINDS.length ? redeclare(code, name, KINDS[count]) : null;
      if (other) this.#attempt(other, file, tried.set(name, count + 1), callback);
      else callback(result);
    });
  }

  #run(expression, callback) {
    const parameters = {
      expression, replMode: true, awaitPromise: true, silent: true, objectGroup: GROUP,
    };
    let compiling = true;
    this.#session.post('Runtime.evaluate', parameters, (failure, answer) => {
      if (failure) {
        callback(TERMINATED.test(failure.message) ? { terminated: true } : { gone: true });
        return;
      }
      const { result, exceptionDetails: details } = answer;
      if (!details) {
        callback({ value: this.#value(result) });
        return;
      }
      const error = this.#value(details.exception);
      const position = compiling && !details.url && !details.stackTrace
        ? { line: details.lineNumber, column: details.columnNumber } : undefined;
      callback({ failed: true, error, position });
    });
    // If the code cannot be compiled, the answer has come by now. What code throws is a rejected
    // promise, whose answer comes later: with a stack if JavaScript is on V8's stack then,
    // otherwise with the position 0, 0. That happens when Node runs no ticks, as after an interrupt
    // that ended Node's own code.
    compiling = false;
  }

  /** Returns a function that calls this one. A termination during the call ends only that call. */
  contained(own) {
    globalThis[OWN] = own;
    const { objectId } = this.#post('Runtime.evaluate', { expression: OWN }).result;
    delete globalThis[OWN];
    const parameters = { functionDeclaration: 'function () { this(); }', objectId, silent: true };
    return () => this.#session.post('Runtime.callFunctionOn', parameters, () => {});
  }

  /** The names declared by let, const and class, oldest first. */
  lexicalNames() {
    return this.#post('Runtime.globalLexicalScopeNames', {}).names;
  }

  /** The value of a name; undefined if it has none yet. */
  valueOf(name) {
    const answer = this.#post('Runtime.evaluate', {
      expression: name, silent: true, objectGroup: GROUP,
    });
    return answer.exceptionDetails ? undefined : this.#value(answer.result);
  }

  #value(remote) {
    if ('objectId' in remote) {
      this.#post('Runtime.callFunctionOn', {
        functionDeclaration: 'function (value) { this(value); }',
        objectId: this.#take,
        arguments: [{ objectId: remote.objectId }],
        silent: true,
      });
      const value = this.#taken;
      this.#taken = undefined;
      this.#session.post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
      return value;
    }
    if (remote.unserializableValue?.endsWith('n')) {
      return BigInt(remote.unserializableValue.slice(0, -1));
    }
    if ('unserializableValue' in remote) return Number(remote.unserializableValue);
    return remote.subtype === 'null' ? null : remote.value;
  }

  #post(method, parameters) {
    let answer;
    this.#session.post(method, parameters, (failure, result) => {
      if (failure) throw new Error(`${method}: ${failure.message}`);
      answer = result;
    });
    return answer;
  }
}

/**
 * Returns the name that made a cell fail before it ran, because it was already declared. Returns
 * null for any other error, including one that the cell's own code caused by eval(): that has a
 * position in the cell.
 */
function declaredBefore(error, file) {
  try {
    const [, name] = /^Identifier '(.+)' has already been declared$/.exec(error.message) ?? [];
    const frames = error.stack.match(/^ +at .*$/gm) ?? [];
    return name && frames.every((frame) => frame.trim() === `at ${file}:1:1`) ? name : null;
  } catch {
    return null;
  }
}

/** Reads code as an object literal if possible, as Node's console does. */
function asExpression(code) {
  if (!/^\s*\{/.test(code) || /;\s*$/.test(code)) return code;
  const wrapped = `(${code.trimEnd()}\n)`;
  try {
    new vm.Script(wrapped);
    return wrapped;
  } catch {
    return code;
  }
}

/** Defines require(), module and import() as in a file /workspace/cell.js. Returns require. */
function installModule() {
  const cell = new Module(CELL_MODULE);
  cell.filename = CELL_MODULE;
  cell.paths = Module._nodeModulePaths(path.dirname(CELL_MODULE));
  cell._compile('module.exports = [require, (from, how) => how ? import(from, how) : import(from)]',
    CELL_MODULE);
  const [require, load] = cell.exports;
  cell.exports = {};
  cell.loaded = true;
  require.main = cell;
  hide(NAME, async (from, how, names = []) => {
    const found = await load(from, how);
    // The names of an import statement are checked before anything runs; import() has none.
    for (const name of names) {
      if (!(name in found)) {
        throw new SyntaxError(
          `The requested module '${from}' does not provide an export named '${name}'`);
      }
    }
    return found;
  });
  hide('require', require);
  hide('module', cell);
  hide('exports', cell.exports);
  hide('__filename', CELL_MODULE);
  hide('__dirname', path.dirname(CELL_MODULE));
  for (const name of Module.builtinModules) {
    if (/^[a-z]\w*$/.test(name) && !(name in globalThis)) lend(name, require);
  }
  return require;
}

function hide(name, value) {
  Object.defineProperty(globalThis, name, {
    value, writable: true, configurable: true, enumerable: false,
  });
}

/** Defines a name for one of Node's modules, as in Node's console, until a cell declares it. */
function lend(name, require) {
  Object.defineProperty(globalThis, name, {
    get: () => require(name),
    set: (value) => hide(name, value),
    configurable: true,
    enumerable: false,
  });
}

module.exports = { Evaluator };
