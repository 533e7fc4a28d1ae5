package dev.microsandbox.mcp.corpus;

import java.util.List;
import java.util.Map;

/**
 * Problems of one origin.
 *
 * @param name as it is printed
 * @param problems in their order
 * @param faulty those whose own tests fail in a plain interpreter too, with the reason: they are
 *     run, but have to pass nothing
 */
record Corpus(String name, List<Problem> problems, Map<String, String> faulty) {}
