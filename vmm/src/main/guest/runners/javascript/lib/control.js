'use strict';

// The control socket, which carries the frames of section 9 of the agent protocol.

const fs = require('fs');
const net = require('net');

// Captured now, because a cell may replace them or declare such a name, as in function process()
// {}.
const { Atomics, BigInt, Int32Array, SharedArrayBuffer, String, process } = globalThis;
const { alloc, concat, from } = globalThis.Buffer;
const { writeSync } = fs;

const RUN = 1;
const INSPECT = 2;
const RENEW = 3;
const WARM = 4;
const READY = 16;
const RECORD = 17;
const DONE = 18;
const EXITING = 19;

const FRAME_LIMIT = 1 << 20;
const CHUNK = 1 << 16;
const NOTHING = alloc(0);
const NEVER = new Int32Array(new SharedArrayBuffer(4)); // never changes: for sleeping

/** Writes all of the data. Waits for a slow reader if the descriptor does not block. */
function writeAll(descriptor, data) {
  for (let offset = 0; offset < data.length; ) {
    try {
      offset += writeSync(descriptor, data, offset, data.length - offset);
    } catch (error) {
      if (error.code !== 'EAGAIN' && error.code !== 'EINTR') throw error;
      Atomics.wait(NEVER, 0, 0, 2);
    }
  }
}

/** Encodes a protocol str. */
function str(text) {
  return bytes(from(String(text), 'utf8'));
}

/** Encodes protocol bytes. */
function bytes(data) {
  const length = alloc(4);
  length.writeUInt32LE(data.length);
  return concat([length, data]);
}

/** Decodes a protocol list of str. */
function strings(payload, offset) {
  const values = [];
  let at = offset + 4;
  for (let left = payload.readUInt32LE(offset); left > 0; left--) {
    const end = at + 4 + payload.readUInt32LE(at);
    values.push(payload.toString('utf8', at + 4, end));
    at = end;
  }
  return values;
}

/** The runner's end of the control socket. Reads asynchronously and writes synchronously. */
class Control {
  #descriptor;
  #buffer = NOTHING;
  #call = null;

  constructor(descriptor) {
    this.#descriptor = descriptor;
  }

  /** Calls handlers.run(id, code path, stdin path), .inspect(id), .renew(id), .warm(id, names). */
  listen(handlers) {
    const socket = new net.Socket({ fd: this.#descriptor, readable: true, writable: false });
    socket.on('data', (chunk) => {
      this.#buffer = this.#buffer.length ? concat([this.#buffer, chunk]) : chunk;
      this.#deliver(handlers);
    });
    socket.on('close', () => process.reallyExit(0));
    socket.on('error', () => process.reallyExit(1));
  }

  #deliver(handlers) {
    while (this.#buffer.length >= 5) {
      const length = this.#buffer.readUInt32LE(0);
      if (length > FRAME_LIMIT) process.reallyExit(1);
      if (this.#buffer.length < 5 + length) return;
      const type = this.#buffer[4];
      const payload = this.#buffer.subarray(5, 5 + length);
      this.#buffer = this.#buffer.subarray(5 + length);
      const id = payload.readUInt32LE(0);
      if (type === RUN) {
        const codeEnd = 8 + payload.readUInt32LE(4);
        const code = from(payload.subarray(8, codeEnd));
        const stdin = from(payload.subarray(codeEnd + 4));
        handlers.run(id, code, stdin);
      } else if (type === INSPECT) {
        handlers.inspect(id);
      } else if (type === RENEW) {
        handlers.renew(id);
      } else if (type === WARM) {
        handlers.warm(id, strings(payload, 4));
      } else {
        process.reallyExit(1);
      }
    }
  }

  ready(version) {
    this.#frame(READY, str(version));
  }

  /** Attributes records to this call from now on. */
  begin(id) {
    this.#call = id;
  }

  /** Sends one record. Returns false if no call is running. */
  record(kind, body) {
    if (this.#call === null) return false;
    const head = alloc(5);
    head.writeUInt32LE(body.length + 1);
    head[4] = kind;
    const data = concat([head, body]);
    const id = alloc(4);
    id.writeUInt32LE(this.#call);
    for (let offset = 0; offset < data.length; offset += CHUNK) {
      this.#frame(RECORD, id, data.subarray(offset, offset + CHUNK));
    }
    return true;
  }

  /** Ends the call. */
  done(id, { outcome, name, text, status }) {
    this.#call = null;
    const head = alloc(5);
    head.writeUInt32LE(id);
    head[4] = outcome;
    const tail = alloc(8);
    tail.writeBigInt64LE(BigInt(status));
    this.#frame(DONE, head, str(name), str(text), tail);
  }

  /** Says that the process is about to exit. */
  exiting(code) {
    const body = alloc(8);
    body.writeUInt32LE(this.#call ?? 0);
    body.writeInt32LE(code, 4);
    this.#frame(EXITING, body);
  }

  #frame(type, ...parts) {
    const head = alloc(5);
    head[4] = type;
    const frame = concat([head, ...parts]);
    frame.writeUInt32LE(frame.length - 5);
    writeAll(this.#descriptor, frame);
  }
}

module.exports = { Control, bytes, str, writeAll };
