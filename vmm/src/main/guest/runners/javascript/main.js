'use strict';

// The JavaScript runner: runs the cells that the agent sends, in this process. User code shares the
// realm, so the runner captures what it needs of it before the first cell.

const { Control } = require('./lib/control');
const errors = require('./lib/errors');
const { Evaluator } = require('./lib/evaluator');
const { Interrupts } = require('./lib/interrupts');
const { Renewal } = require('./lib/renewal');
const { Runner } = require('./lib/runner');
const { Streams } = require('./lib/streams');

const CONTROL_DESCRIPTOR = 15; // see start.sh

delete process.env.MICROSANDBOX_CONTROL_FD;
errors.install();
const control = new Control(CONTROL_DESCRIPTOR);
const streams = new Streams();
try {
  process.chdir('/workspace');
} catch { // deleted, or the user may not enter it
  process.chdir('/');
}
process.argv = [process.execPath];
process.execArgv = [];
const evaluator = new Evaluator();
const interrupts = new Interrupts((own) => evaluator.contained(own));
const runner = new Runner(control, streams, evaluator, interrupts, new Renewal());
runner.start();
