import { CommandError, systemCode } from "../command.ts";

/** The parts of the optional peer dependency that the server uses. */
export interface Peer
  extends Pick<typeof import("@modelcontextprotocol/sdk/server/index.js"), "Server">,
    Pick<typeof import("@modelcontextprotocol/sdk/server/stdio.js"), "StdioServerTransport">,
    Pick<
      typeof import("@modelcontextprotocol/sdk/types.js"),
      "CallToolRequestSchema" | "ListToolsRequestSchema" | "McpError" | "ErrorCode"
    >,
    Pick<typeof import("@modelcontextprotocol/sdk/validation/ajv"), "AjvJsonSchemaValidator"> {}

/** Loads the optional peer dependency. Without it, every other command works. */
export async function loadPeer(): Promise<Peer> {
  try {
    const [{ Server }, { StdioServerTransport }, types, { AjvJsonSchemaValidator }] = await Promise.all([
      import("@modelcontextprotocol/sdk/server/index.js"),
      import("@modelcontextprotocol/sdk/server/stdio.js"),
      import("@modelcontextprotocol/sdk/types.js"),
      import("@modelcontextprotocol/sdk/validation/ajv"),
    ]);
    const { CallToolRequestSchema, ListToolsRequestSchema, McpError, ErrorCode } = types;
    return {
      Server,
      StdioServerTransport,
      CallToolRequestSchema,
      ListToolsRequestSchema,
      McpError,
      ErrorCode,
      AjvJsonSchemaValidator,
    };
  } catch (error) {
    // The second code is that of a version that is too old.
    const isMissing = ["ERR_MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"].includes(
      systemCode(error) ?? "",
    );
    if (!isMissing) throw error;
    throw new CommandError(
      "heidi mcp needs the package @modelcontextprotocol/sdk beside heidi-health-sdk: npm install @modelcontextprotocol/sdk",
    );
  }
}
