package dev.microsandbox.mcp.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.endtoend.HttpClientSession;
import dev.microsandbox.mcp.endtoend.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each problem's own solution passes its own tests, all of a corpus in one session. Runs only if
 * the file is given: {@code -Dcorpus.python=data/HumanEval.jsonl.gz} of openai/human-eval, {@code
 * -Dcorpus.javascript=…/humaneval_js.jsonl.gz} of THUDM/CodeGeeX, {@code
 * -Dcorpus.shell=exercises/practice} of exercism/bash. {@code -Dcorpus.only=NAME,NAME} selects
 * single problems.
 */
class CorpusIT {

    /** A long time-out: some solutions compute for minutes on an emulated processor. */
    private static final int SECONDS = 3000;

    @TempDir Path directory;

    @Test
    void humanEvalInPython() throws Exception {
        check(HumanEval.python(named("corpus.python")));
    }

    @Test
    void humanEvalInJavaScript() throws Exception {
        check(HumanEval.javaScript(named("corpus.javascript")));
    }

    @Test
    void exercismInTheShell() throws Exception {
        check(Exercism.read(named("corpus.shell")));
    }

    private static Path named(String property) {
        String path = System.getProperty(property);
        Assumptions.assumeTrue(path != null, "skipped: -D" + property + " names no file");
        return Path.of(path);
    }

    private void check(Corpus corpus) throws Exception {
        assertThat(corpus.problems()).isNotEmpty();
        Installation installation =
                Installation.in(Files.createDirectory(directory.resolve("home")));
        CorpusReport report = new CorpusReport(corpus);
        try (Installation.Server server = installation.serve("--dev-mode");
                HttpClientSession session = new HttpClientSession(server)) {
            for (Problem problem : chosen(corpus.problems())) {
                long start = System.nanoTime();
                String failure = run(problem, session);
                report.add(
                        new CorpusReport.Row(
                                problem.name(),
                                Duration.ofNanos(System.nanoTime() - start),
                                failure));
            }
            session.end();
        }
        System.out.println(report.text());
        assertThat(report.failures()).isEmpty();
    }

    private static List<Problem> chosen(List<Problem> all) {
        String only = System.getProperty("corpus.only");
        if (only == null) {
            return all;
        }
        List<String> names = List.of(only.split(",", -1));
        return all.stream().filter(problem -> names.contains(problem.name())).toList();
    }

    /** What went wrong; empty if nothing did. */
    private static String run(Problem problem, HttpClientSession session)
            throws IOException, InterruptedException {
        for (Map.Entry<String, String> file : problem.files().entrySet()) {
            HttpClientSession.Answer answer =
                    session.call(
                            "write_file",
                            Map.of("path", file.getKey(), "content", file.getValue()));
            if (answer.isError()) {
                return answer.text();
            }
        }
        List<String> cells = problem.cells();
        for (int i = 0; i < cells.size(); i++) {
            HttpClientSession.Started cell =
                    session.start(
                            "run_code",
                            Map.of(
                                    "language",
                                    problem.language(),
                                    "code",
                                    cells.get(i),
                                    "timeout",
                                    SECONDS),
                            Duration.ofSeconds(SECONDS + 60));
            HttpClientSession.Answer answer = cell.answer(cell.response().join()).orElseThrow();
            boolean last = i == cells.size() - 1;
            if (!passed(answer, last ? problem.ends() : "")) {
                return "cell " + (i + 1) + ": " + answer.text();
            }
        }
        return "";
    }

    private static boolean passed(HttpClientSession.Answer answer, String ends) {
        if (answer.isError()
                || !answer.fact("status").asString().equals("ok")
                || !answer.fact("state").asString().equals("kept")
                || !text(answer, "stderr").isEmpty()) {
            return false;
        }
        String printed = text(answer, "stdout");
        return ends.isEmpty() ? printed.isEmpty() : printed.endsWith(ends);
    }

    private static String text(HttpClientSession.Answer answer, String name) {
        return answer.result().get("structuredContent").path(name).asString("");
    }
}
