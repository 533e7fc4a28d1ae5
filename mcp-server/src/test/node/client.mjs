// An MCP client for tests: connects, performs a list of calls, prints the results as JSON.
//
//   node client.mjs PLAN.json
//
// The plan:
//   {"transport": "stdio", "command": ["msb", "stdio"], "env": {"NAME": "value"},
//    "calls": [CALL, ...]}
//   {"transport": "http" | "sse", "url": "http://…", "headers": {"X-API-Key": "…"},
//    "calls": [CALL, ...]}
// A call:
//   {"list": true}                                      tools/list
//   {"tool": "name", "arguments": {…},                  tools/call
//    "timeoutMs": 60000, "cancelAfterMs": 500}          both optional
//   {"parallel": [CALL, ...]}                           all at once
// Printed on standard output, one JSON object:
//   {"server": {…}, "protocolVersion": "…", "results": [RESULT, ...]}
// A result:
//   {"result": {…}, "progress": 3, "ms": 12} | {"error": {"code": -32602, "message": "…"}, "ms": 12}
//   {"parallel": [RESULT, ...]}
// Exit status 0 when connected and every call came to a result or an error, else 1.
//
// Arguments of the form {"$file": "path"} are replaced by the file's content as base64, so that
// plans stay small.

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

function transportOf(plan) {
  switch (plan.transport) {
    case "stdio":
      return new StdioClientTransport({
        command: plan.command[0],
        args: plan.command.slice(1),
        env: { ...process.env, ...plan.env },
        stderr: "inherit",
      });
    case "http":
      return new StreamableHTTPClientTransport(new URL(plan.url), {
        requestInit: { headers: plan.headers ?? {} },
      });
    case "sse":
      return new SSEClientTransport(new URL(plan.url), {
        requestInit: { headers: plan.headers ?? {} },
      });
    default:
      throw new Error(`unknown transport ${plan.transport}`);
  }
}

function argumentsOf(call) {
  const entries = Object.entries(call.arguments ?? {}).map(([name, value]) => [
    name,
    value?.$file === undefined ? value : readFileSync(value.$file).toString("base64"),
  ]);
  return Object.fromEntries(entries);
}

async function perform(client, call) {
  if (call.parallel) {
    return { parallel: await Promise.all(call.parallel.map((one) => perform(client, one))) };
  }
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  const abort = new AbortController();
  const timer =
    call.cancelAfterMs === undefined
      ? undefined
      : setTimeout(() => abort.abort("cancelled by the plan"), call.cancelAfterMs);
  let progress = 0;
  const options = {
    timeout: call.timeoutMs ?? 60_000,
    signal: abort.signal,
    onprogress: () => {
      progress += 1;
    },
  };
  try {
    const result = call.list
      ? await client.listTools(undefined, options)
      : await client.callTool(
          { name: call.tool, arguments: argumentsOf(call) },
          undefined,
          options,
        );
    return { result, progress, ms: elapsed() };
  } catch (error) {
    return {
      error: { code: error?.code ?? null, message: String(error?.message ?? error) },
      ms: elapsed(),
    };
  } finally {
    clearTimeout(timer);
  }
}

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = new Client({ name: "microsandbox-test-client", version: "1" });
try {
  const transport = transportOf(plan);
  await client.connect(transport);
  const results = [];
  for (const call of plan.calls) {
    results.push(await perform(client, call));
  }
  if (plan.transport === "http") {
    await transport.terminateSession();
  }
  await client.close();
  const output = {
    server: client.getServerVersion(),
    protocolVersion: transport.protocolVersion ?? null,
    results,
  };
  process.stdout.write(JSON.stringify(output) + "\n");
} catch (error) {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exitCode = 1;
}
