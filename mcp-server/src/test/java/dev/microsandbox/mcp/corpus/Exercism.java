package dev.microsandbox.mcp.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The exercises of Exercism's bash track: scripts with tests for Bats. Bats itself is not in the
 * sandbox, and the tests must run in the session's shell. Each test therefore becomes a function,
 * and a few functions replace Bats.
 */
final class Exercism {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String NEEDS_BC = "needs the program bc, which the image has not";
    private static final Pattern TEST = Pattern.compile("(?m)^@test (.+) \\{$");

    /**
     * The part of Bats that the tests use, except for what each exercise's bats-extra.bash
     * provides.
     */
    private static final String PRELUDE =
            """
            export BATS_RUN_SKIPPED=true
            load() { source "$1.bash"; }
            run() { output=$("$@" 2>&1) && status=0 || status=$?; lines=(); [[ -z $output ]] || mapfile -t lines < <(grep . <<<"$output"); }
            skip() { exit 0; }
            setup() { :; }
            teardown() { :; }
            """;

    private static final String TESTS =
            """
            passed=0
            for ((i = 1; i <= tests; i++)); do
                ( set -e; trap teardown EXIT; setup; "test_$i" ) > test.log 2>&1 < /dev/null
                if (($? == 0)); then passed=$((passed + 1)); else echo "test $i:"; cat test.log; fi
            done
            echo "$passed passed"
            """;

    private Exercism() {}

    /**
     * @param exercises the directory {@code exercises/practice} of the track's repository
     */
    static Corpus read(Path exercises) throws IOException {
        try (Stream<Path> all = Files.list(exercises)) {
            return new Corpus(
                    "Exercism, bash",
                    all.sorted().map(Exercism::problem).toList(),
                    Map.of(
                            "list-ops", NEEDS_BC,
                            "nth-prime", NEEDS_BC,
                            "rational-numbers", NEEDS_BC,
                            "triangle", NEEDS_BC));
        }
    }

    private static Problem problem(Path exercise) {
        String name = exercise.getFileName().toString();
        String directory = "exercism/" + name + "/";
        try {
            JsonNode names =
                    JSON.readTree(Files.readString(exercise.resolve(".meta/config.json")))
                            .get("files");
            Map<String, String> files = new LinkedHashMap<>();
            files.put(
                    directory + names.at("/solution/0").asString(),
                    Files.readString(exercise.resolve(names.at("/example/0").asString())));
            files.put(
                    directory + "bats-extra.bash",
                    Files.readString(exercise.resolve("bats-extra.bash")));
            String source = Files.readString(exercise.resolve(names.at("/test/0").asString()));
            Matcher test = TEST.matcher(source);
            int[] count = {0};
            String functions = test.replaceAll(_ -> "test_%d() {".formatted(++count[0]));
            return new Problem(
                    name,
                    files,
                    "shell",
                    List.of(
                            "cd /workspace/" + directory,
                            PRELUDE + functions,
                            "tests=" + count[0] + "\n" + TESTS),
                    count[0] + " passed\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
