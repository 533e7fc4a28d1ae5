package dev.microsandbox.mcp.config;

/** A setting's value as text, and its origin. */
record Value(String text, ValueOrigin origin) {}
