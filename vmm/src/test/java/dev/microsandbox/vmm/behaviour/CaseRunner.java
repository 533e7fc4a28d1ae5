package dev.microsandbox.vmm.behaviour;

import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Case;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Section;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Step;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Tag;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Runs cases of one language. They share an interpreter, because starting one can take longer than
 * a case itself. Exceptions are cases that need their own, and all cases of the shell, which starts
 * quickly.
 */
final class CaseRunner {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** The names that interpreters give to the code of a call. */
    private static final Pattern CELL = Pattern.compile("(<cell |cell-)(\\d+)(?=>|\\.js)");

    private final Interpreters sandbox;
    private final String language;

    /**
     * How many calls the interpreter has answered; negative if the next case gets a new
     * interpreter.
     */
    private int calls = -1;

    /** What cases need of a sandbox. */
    interface Interpreters {

        Isolation isolation();

        void reset(String language) throws InterruptedException;

        RunResult run(RunRequest request, RunListener listener) throws InterruptedException;

        static Interpreters of(Sandbox sandbox) {
            return new Interpreters() {
                @Override
                public Isolation isolation() {
                    return sandbox.isolation();
                }

                @Override
                public void reset(String language) throws InterruptedException {
                    sandbox.reset(language);
                }

                @Override
                public RunResult run(RunRequest request, RunListener listener)
                        throws InterruptedException {
                    return sandbox.run(request, listener);
                }
            };
        }
    }

    CaseRunner(Interpreters sandbox, String language) {
        this.sandbox = sandbox;
        this.language = language;
    }

    /**
     * Runs a case. A time-out must expire after the code has begun. If it expires earlier and the
     * result differs from the table, the case is tried again with a longer time-out.
     */
    void run(Case each) throws InterruptedException {
        int patience = HostSpeed.slowness(sandbox.isolation());
        int most = patience * 16;
        while (!isAsStated(each, patience, patience < most)) {
            patience *= 4;
            System.err.printf(
                    "[behaviour] again, with %d times its time: %s%n", patience, each.name());
        }
    }

    /**
     * Runs the case and tells whether its results are as stated.
     *
     * @param patience the factor by which its times are longer than stated
     * @param again whether to return false, instead of failing, if a time-out expired too early
     */
    private boolean isAsStated(Case each, int patience, boolean again) throws InterruptedException {
        boolean alone = language.equals("shell") || each.tags().contains(Tag.ALONE);
        if (alone || calls < 0) {
            sandbox.reset(language);
            calls = 0;
        }
        int before = calls;
        // If anything fails, the next case gets a new interpreter.
        calls = -1;
        int answered = before;
        for (Step step : each.steps()) {
            Recorder output = new Recorder();
            RunResult result = sandbox.run(request(step, patience), output);
            answered = result.stateKept() ? answered + 1 : 0;
            try {
                Expectation.check(
                        numbered(step, before),
                        new Expectation.StepResult(result, output, slowdown(patience)));
            } catch (AssertionError e) {
                if (again && result.exit().timedOut()) {
                    return false;
                }
                throw e;
            }
        }
        calls = alone ? -1 : answered;
        return true;
    }

    /**
     * Adjusts the numbers of calls, because in a table the first call of a case is always number 1.
     */
    private static Step numbered(Step step, int before) {
        return new Step(
                step.code(),
                step.expectations().stream()
                        .map(each -> new Section(each.heading(), numbered(each.text(), before)))
                        .toList());
    }

    private static String numbered(String text, int before) {
        return CELL.matcher(text).replaceAll(cell -> numbered(cell, before));
    }

    private static String numbered(MatchResult cell, int before) {
        return cell.group(1) + (Integer.parseInt(cell.group(2)) + before);
    }

    private int slowdown(int patience) {
        return sandbox.isolation() == Isolation.EMULATION ? 3 * patience : patience;
    }

    private RunRequest request(Step step, int patience) {
        RunRequest request =
                RunRequest.of(language, step.code()).withTimeout(TIMEOUT.multipliedBy(patience));
        for (Section section : step.expectations()) {
            if (section.heading().equals("stdin")) {
                request =
                        request.withStdin((section.text() + "\n").getBytes(StandardCharsets.UTF_8));
            } else if (section.heading().startsWith("timeout ")) {
                long millis = Long.parseLong(section.heading().substring("timeout ".length()));
                request = request.withTimeout(Duration.ofMillis(millis * patience));
            }
        }
        return request;
    }
}
