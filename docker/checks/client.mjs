// Makes one tool call with a real MCP client:
//
//   client.mjs URL KEY TOOL ARGUMENTS-AS-JSON [SECONDS-TO-STAY]
//
// An empty KEY sends none. Prints the tool's text. The exit status is 1 if the call fails, 2 if the
// tool reports an error, and 3 if the server refuses the client.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [url, key, tool, args, stay] = process.argv.slice(2);
const headers = key ? { Authorization: `Bearer ${key}` } : {};
const client = new Client({ name: 'docker-check', version: '1' });
try {
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport);
  const result = await client.callTool({ name: tool, arguments: JSON.parse(args) }, undefined, {
    timeout: 600_000,
  });
  for (const content of result.content) console.log(content.text ?? content.type);
  if (stay) await new Promise((resolve) => setTimeout(resolve, Number(stay) * 1000));
  await transport.terminateSession();
  await client.close();
  process.exit(result.isError ? 2 : 0);
} catch (error) {
  console.log(String(error.message ?? error));
  process.exit(/401|API key/.test(String(error.message)) ? 3 : 1);
}
