package dev.microsandbox.mcp.corpus;

import java.util.List;
import java.util.Map;

/**
 * A problem with its solution and tests, as calls that an agent would make.
 *
 * @param name unique in its corpus
 * @param files to be written first: contents by path
 * @param language of the code
 * @param cells run in this order, in the session's one interpreter
 * @param ends what standard output ends with when all tests have passed; empty if nothing is to be
 *     printed
 */
record Problem(
        String name, Map<String, String> files, String language, List<String> cells, String ends) {}
