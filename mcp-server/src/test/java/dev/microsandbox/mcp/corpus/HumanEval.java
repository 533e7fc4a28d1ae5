package dev.microsandbox.mcp.corpus;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * HumanEval, and HumanEval-X, its translation to JavaScript: a line of JSON for each problem, in
 * one compressed file. The solution is a cell, its tests are another.
 */
final class HumanEval {

    private static final JsonMapper JSON = JsonMapper.shared();

    private HumanEval() {}

    static Corpus python(Path file) throws IOException {
        return new Corpus("HumanEval, Python", read(file, HumanEval::pythonProblem), Map.of());
    }

    static Corpus javaScript(Path file) throws IOException {
        return new Corpus(
                "HumanEval-X, JavaScript",
                read(file, HumanEval::javaScriptProblem),
                Map.of(
                        "JavaScript/112", "compares arrays by identity",
                        "JavaScript/155", "its solution is wrong for negative numbers",
                        "JavaScript/162", "needs the package js-md5"));
    }

    private static Problem pythonProblem(JsonNode node) {
        String check = "check(%s)\n".formatted(node.get("entry_point").asString());
        return new Problem(
                node.get("task_id").asString(),
                Map.of(),
                "python",
                List.of(solution(node), node.get("test").asString() + "\n" + check),
                "");
    }

    /** A failed {@code console.assert} prints, and nothing else does. */
    private static Problem javaScriptProblem(JsonNode node) {
        return new Problem(
                node.get("task_id").asString(),
                Map.of(),
                "javascript",
                List.of(solution(node), node.get("test").asString()),
                "");
    }

    private static String solution(JsonNode node) {
        return node.get("prompt").asString() + node.get("canonical_solution").asString();
    }

    private static List<Problem> read(Path file, Function<JsonNode, Problem> problem)
            throws IOException {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(Files.newInputStream(file)),
                                StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.isBlank())
                    .map(line -> problem.apply(JSON.readTree(line)))
                    .toList();
        }
    }
}
