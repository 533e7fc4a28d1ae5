package dev.microsandbox.vmm.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Section;
import dev.microsandbox.vmm.behaviour.BehaviourTable.Step;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/** Checks the results of a step against a section of a behaviour table. */
final class Expectation {

    private static final Set<String> KINDS =
            Set.of(
                    "stdout",
                    "stderr",
                    "stdout contains",
                    "stderr contains",
                    "stdout lacks",
                    "stderr lacks",
                    "result",
                    "result contains",
                    "result type",
                    "no result",
                    "displays",
                    "display type",
                    "display contains",
                    "outcome",
                    "error contains",
                    "status",
                    "state",
                    "within");

    /**
     * The results of a step.
     *
     * @param slowdown the factor by which the machine may take longer than stated
     */
    record StepResult(RunResult run, Recorder output, int slowdown) {}

    private Expectation() {}

    static boolean isInput(Section section) {
        return section.heading().equals("stdin") || section.heading().startsWith("timeout ");
    }

    static boolean isKnown(Section section) {
        String heading = section.heading();
        return isInput(section)
                || KINDS.contains(heading)
                || KINDS.stream().anyMatch(kind -> heading.startsWith(kind + " "));
    }

    static void check(Step step, StepResult result) {
        String all =
                "%s%nstdout: %s%nstderr: %s%nresult: %s%ndisplayed: %s"
                        .formatted(
                                result.run(),
                                result.output().out(),
                                result.output().err(),
                                result.output().result(),
                                result.output().displayed());
        boolean outcomeStated = false;
        for (Section section : step.expectations()) {
            if (!isInput(section)) {
                outcomeStated |= section.heading().startsWith("outcome");
                check(
                        section,
                        result,
                        "--- " + section.heading() + " of\n" + step.code() + "\n" + all);
            }
        }
        if (!outcomeStated) {
            assertThat(result.run().outcome())
                    .as("outcome of\n%s\n%s", step.code(), all)
                    .isEqualTo(RunResult.Outcome.FINISHED);
        }
    }

    private static void check(Section section, StepResult result, String what) {
        Recorder output = result.output();
        RunResult run = result.run();
        String heading = section.heading();
        String text = section.text();
        String argument = heading.substring(heading.lastIndexOf(' ') + 1);
        switch (heading) {
            case "stdout" -> assertThat(trimmed(output.out())).as(what).isEqualTo(text);
            case "stderr" -> assertThat(trimmed(output.err())).as(what).isEqualTo(text);
            case "stdout contains" -> assertThat(output.out()).as(what).contains(text);
            case "stderr contains" -> assertThat(output.err()).as(what).contains(text);
            case "stdout lacks" -> assertThat(output.out()).as(what).doesNotContain(text);
            case "stderr lacks" -> assertThat(output.err()).as(what).doesNotContain(text);
            case "result" -> assertThat(trimmed(output.result())).as(what).isEqualTo(text);
            case "result contains" -> assertThat(output.result()).as(what).contains(text);
            case "no result" -> assertThat(output.results()).as(what).isEmpty();
            case "display contains" ->
                    assertThat(output.displays())
                            .as(what)
                            .anyMatch(bundle -> Recorder.text(bundle).contains(text));
            case "error contains" -> assertThat(run.errorText()).as(what).contains(text);
            default -> {
                if (heading.startsWith("result type ")) {
                    assertThat(output.results()).as(what).hasSize(1);
                    assertThat(has(output.results().getFirst(), argument)).as(what).isTrue();
                } else if (heading.startsWith("displays ")) {
                    assertThat(output.displays()).as(what).hasSize(Integer.parseInt(argument));
                } else if (heading.startsWith("display type ")) {
                    assertThat(output.displays()).as(what).anyMatch(b -> has(b, argument));
                } else if (heading.startsWith("state ")) {
                    assertThat(run.state())
                            .as(what)
                            .isEqualTo(RunResult.State.valueOf(argument.toUpperCase(Locale.ROOT)));
                } else if (heading.startsWith("outcome ")) {
                    outcome(heading.split(" ", -1), run, what);
                } else if (heading.startsWith("status ")) {
                    long status =
                            run.exit().kind() == Exit.Kind.RUNNING
                                    ? run.status()
                                    : run.exit().code();
                    assertThat(status).as(what).isEqualTo(Long.parseLong(argument));
                } else if (heading.startsWith("within ")) {
                    assertThat(run.exit().wallTime())
                            .as(what)
                            .isLessThan(
                                    Duration.ofMillis(Long.parseLong(argument))
                                            .multipliedBy(result.slowdown()));
                } else {
                    throw new IllegalArgumentException("unknown section: " + heading);
                }
            }
        }
    }

    private static void outcome(String[] words, RunResult run, String what) {
        RunResult.Outcome outcome =
                words[1].equals("ended")
                        ? RunResult.Outcome.INTERPRETER_ENDED
                        : RunResult.Outcome.valueOf(words[1].toUpperCase(Locale.ROOT));
        assertThat(run.outcome()).as(what).isEqualTo(outcome);
        if (words.length > 2) {
            assertThat(run.errorName()).as(what).isEqualTo(words[2]);
        }
    }

    private static boolean has(MimeBundle bundle, String mimeType) {
        return bundle.get(mimeType).isPresent();
    }

    private static String trimmed(String text) {
        return text.replaceAll("\n+$", "");
    }
}
