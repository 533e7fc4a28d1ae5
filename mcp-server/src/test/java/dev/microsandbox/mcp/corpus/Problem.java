package dev.microsandbox.mcp.corpus;

import java.util.List;
import java.util.Map;

/**
 * A problem with its solution and tests, as calls that an agent would make.
 *
 * @param name the name, unique in its corpus
 * @param files files to write first: contents by path
 * @param language the language of the code
 * @param cells the code, run in this order in one interpreter of the session
 * @param ends the end of standard output if all tests have passed; empty if nothing must be printed
 */
record Problem(
        String name, Map<String, String> files, String language, List<String> cells, String ends) {}
