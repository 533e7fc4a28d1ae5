package dev.microsandbox.mcp.corpus;

import java.util.List;
import java.util.Map;

/**
 * A collection of problems from one source.
 *
 * @param name the name as it is printed
 * @param problems the problems in order
 * @param faulty problems whose own tests also fail in a plain interpreter, with the reason: they
 *     are run, but need not pass
 */
record Corpus(String name, List<Problem> problems, Map<String, String> faulty) {}
