package dev.microsandbox.mcp.config;

/** A setting's value as somebody wrote it, and where. */
record Value(String text, ValueOrigin origin) {}
